import type { paths } from "./api.generated.js";
import type { Call } from "./connection.js";

const SECURITY = "/api/v6/services/securitymanagement";
const USERS = "/api/v6/services/usermanagement";

/**
 * Every call of the contract but the three that a session makes by itself. `open` ones take no token; those that are
 * `once` do something although they are GETs, so they are never repeated.
 */
const table = {
  /** Has a letter sent for setting a new password. The answer is the same whoever the email is. */
  forgotPassword: ["post", `${SECURITY}/forgot-password`, "open"],
  /** The same by a GET, as the documented contract has it. */
  forgotPasswordByPath: ["get", `${SECURITY}/reset-password/{email}`, "open once"],
  /** Sets a new password by the token of such a letter. */
  resetPassword: ["put", `${SECURITY}/reset-password`, "open"],
  /** Sets a new password by the current one; ends every other session of the account. */
  changePassword: ["put", `${SECURITY}/change-password`, ""],
  /** Registers a customer. */
  registerCustomer: ["post", `${USERS}/register-customer`, "open"],
  /** Completes a registration by its letter's token and its password. */
  confirmEmail: ["put", `${USERS}/confirm-email`, "open"],
  /** The caller's profile. */
  profile: ["get", `${USERS}/profile`, ""],
  /** Edits it. */
  editProfile: ["put", `${USERS}/profile`, ""],
  /** The living sessions of the caller, or of `account`. */
  listSessions: ["get", `${SECURITY}/sessions`, ""],
  /** Ends one of them. */
  endSession: ["delete", `${SECURITY}/sessions/{id}`, ""],
  /** Ends all others. */
  endOtherSessions: ["delete", `${SECURITY}/sessions`, ""],
  /** Ends a lockout. */
  unlock: ["put", `${SECURITY}/unlock-user-account/{id}`, ""],
  /** Lets an account log in again. */
  activate: ["put", `${USERS}/activate-user-account/{id}`, ""],
  /** Keeps an account from logging in, and ends its sessions. */
  deactivate: ["put", `${USERS}/deactivate-user-account/{id}`, ""],
  /** Why a person can or cannot log in right now. */
  explainAccess: ["get", `${USERS}/accounts/{id}/access`, ""],
  /** A page of the audit trail. */
  listAuditEvents: ["get", `${SECURITY}/audit-events`, ""],
  /** The whole trail as lines of JSON, in one text: a long one is better streamed with `session.fetch`. */
  exportAuditEvents: ["get", `${SECURITY}/audit-events/export`, "text"],
  /** A page of the tenant's customers. */
  listCustomers: ["get", `${USERS}/customers`, ""],
  /** One of them. */
  seeCustomer: ["get", `${USERS}/customers/{id}`, ""],
  /** A page of the tenant's staff. */
  listEmployees: ["get", `${USERS}/employees`, ""],
  /** Invites somebody to the staff. */
  inviteEmployee: ["post", `${USERS}/employees`, ""],
  /** One of the staff. */
  seeEmployee: ["get", `${USERS}/employees/{id}`, ""],
  /** Edits one. */
  editEmployee: ["put", `${USERS}/employees/{id}`, ""],
  /** A page of the invitations that wait. */
  listInvitations: ["get", `${USERS}/invitations`, ""],
  /** Sends one again. */
  inviteAgain: ["put", `${USERS}/invitations/{id}`, ""],
  /** Takes one back. */
  withdrawInvitation: ["delete", `${USERS}/invitations/{id}`, ""],
  /** The key that `payloadEncrypted` fields are encrypted under. */
  encryptionKey: ["get", `${SECURITY}/encryption-key`, "open"],
  /** The tenant's API tokens, without their secrets. */
  listApiTokens: ["get", `${SECURITY}/api-tokens`, ""],
  /** Makes one; its secret stands in this answer only. */
  createApiToken: ["post", `${SECURITY}/api-tokens`, ""],
  /** Gives one a new secret. */
  rotateApiToken: ["put", `${SECURITY}/api-tokens/{id}/rotate`, ""],
  /** Ends one. */
  invalidateApiToken: ["put", `${SECURITY}/api-tokens/{id}/invalidate`, ""],
  /** Takes one off the list. */
  deleteApiToken: ["delete", `${SECURITY}/api-tokens/{id}`, ""],
  /** What a token opens right now (RFC 7662); the caller is an API token. */
  introspect: ["post", "/oauth2/introspect", "form"],
  /** Ends what a token belongs to (RFC 7009); the caller is an API token. */
  revoke: ["post", "/oauth2/revoke", "form text"],
  /** The keys that access tokens are signed with. */
  jwks: ["get", "/.well-known/jwks.json", "open"],
} as const;

type Table = typeof table;
/** The entries of the table whose path or method the contract does not have. */
type Unknown = { [K in keyof Table]: OperationOf<K> extends { responses: unknown } ? never : K }[keyof Table];
type None<T extends never> = T;
/** There are none, or this file does not compile. */
export type EveryEntryIsInTheContract = None<Unknown>;

type OperationOf<K extends keyof Table> = Table[K][1] extends infer P extends keyof paths
  ? Table[K][0] extends infer M extends keyof paths[P] ? paths[P][M] : never
  : never;

type PathOf<O> = O extends { parameters: { path: infer P extends object } } ? { path: P } : unknown;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? ([Q] extends [undefined] ? unknown : { query?: Partial<Q> }) : unknown;
type BodyOf<O> = O extends { requestBody: { content: infer C } }
  ? { body: C[keyof C] }
  : O extends { requestBody?: { content: infer C } } ? { body?: C[keyof C] } : unknown;
type ContentOf<R> = R extends { content: infer C } ? C[keyof C] : undefined;
type AnswerOf<O> = O extends { responses: infer R } ? ContentOf<R[keyof R]> : never;
type InputOf<O> = PathOf<O> & QueryOf<O> & BodyOf<O>;

/** The calls, each typed by the contract: `api.listCustomers({ query: { search: "ada" } })`. */
export type Endpoints = {
  readonly [K in keyof Table]: {} extends InputOf<OperationOf<K>>
    ? (input?: InputOf<OperationOf<K>>) => Promise<AnswerOf<OperationOf<K>>>
    : (input: InputOf<OperationOf<K>>) => Promise<AnswerOf<OperationOf<K>>>;
};

/** How a call is to be made. */
export interface Manner {
  /** Without a token. */
  readonly isOpen: boolean;
  /** Asking again changes nothing. */
  readonly isRepeatable: boolean;
}

interface Input {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** The calls, made by `send`. */
export function endpoints(send: (call: Call, manner: Manner) => Promise<unknown>): Endpoints {
  const calls = Object.entries(table).map(([name, [method, path, marks]]) => {
    const has = (mark: string): boolean => marks.split(" ").includes(mark);
    const manner = { isOpen: has("open"), isRepeatable: method === "get" && !has("once") };
    const call = (input: Input = {}): Promise<unknown> =>
      send({ method: method.toUpperCase(), path: address(path, input), body: bodyOf(input.body, has("form")), isText: has("text") }, manner);
    return [name, call];
  });
  return Object.fromEntries(calls) as Endpoints;
}

function address(path: string, input: Input): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => segment(name, input.path?.[name]));
  const query = fields(input.query ?? {}).toString();
  return query ? `${filled}?${query}` : filled;
}

/** A part of a path. Dots alone would climb out of it. */
function segment(name: string, value: unknown): string {
  if (typeof value !== "string" || /^\.{0,2}$/.test(value)) throw new TypeError(`path.${name} must be an id`);
  return encodeURIComponent(value);
}

function bodyOf(body: unknown, isForm: boolean): unknown {
  return isForm ? fields(Object(body)) : body;
}

function fields(from: Readonly<Record<string, unknown>>): URLSearchParams {
  const given = Object.entries(from).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}
