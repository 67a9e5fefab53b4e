/** One step of a case; `clients/conformance/README.md` says what each means. */
export type Step =
  | { readonly do: "login"; readonly expect?: "valid" | "unreachable" }
  | { readonly do: "token"; readonly expect: "valid" | "ended" | "unreachable"; readonly code?: string }
  | { readonly do: "advance"; readonly ms: number; readonly clientSleeps?: boolean }
  | ({ readonly do: "fault" } & FaultStep)
  | { readonly do: "clearFaults" }
  | { readonly do: "storeFails"; readonly times: number }
  | { readonly do: "reopen" }
  | { readonly do: "logout" };

export interface FaultStep {
  readonly on: "refresh" | "login" | "logout" | "*";
  readonly kind: "drop-before" | "drop-after" | "status" | "cut" | "delay";
  readonly times: number;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly ms?: number;
}

export interface Case {
  readonly name: string;
  readonly why: string;
  readonly accessSeconds: number;
  readonly clientSkewMs: number;
  readonly steps: readonly Step[];
  readonly expect: { readonly rotations: number; readonly refreshRequestsMax: number; readonly ends: number };
}

/** What a case begins with. */
export interface Begun {
  readonly clockMs: number;
  readonly email: string;
  readonly password: string;
  readonly case: Case;
}

/** What the harness has seen since a case began. */
export interface Counts {
  readonly refreshRequests: number;
  readonly rotations: number;
}
