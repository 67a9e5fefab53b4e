/** The header that every call of the page carries. No other site can send it without asking first, and is never allowed to. */
export const GUARD_HEADER = "X-Countersign";

/**
 * Whether a call comes from the page itself and from no other site: by Fetch Metadata, else by `Origin`, and by a header
 * that forms and links cannot send. GETs are looked at alike, since some of the platform's change something.
 */
export function isOwnPage(request: Request, origin: string): boolean {
  if (!request.headers.has(GUARD_HEADER)) return false;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const from = request.headers.get("origin");
  if (from !== null) return from === origin;
  // An old browser sends neither with a GET of its own page; the header alone has to do then.
  return request.method === "GET" || request.method === "HEAD";
}
