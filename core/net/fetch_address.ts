import { lookup } from "node:dns/promises";
import { DataError } from "../errors.ts";
import { isIpAddress, isPublicAddress } from "./public_address.ts";

/** Redirections that are followed; browsers follow 20. */
const MOST_HOPS = 10;

const REDIRECTIONS: readonly number[] = [301, 302, 303, 307, 308];

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

/** Whether a host lies on this machine or a network behind it, by its name or by any address that the name has. */
async function isPrivate(host: string): Promise<boolean> {
  if (isIpAddress(host)) return !isPublicAddress(host);
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  // A name that cannot be resolved here cannot be reached from here either, or only through a proxy, which resolves it.
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.some(({ address }) => !isPublicAddress(address));
}

/** Why a redirection is not followed; undefined if it is. */
async function problemOf(given: URL, next: URL): Promise<string | undefined> {
  if (next.protocol !== "http:" && next.protocol !== "https:") {
    return "which is no web address; do not trust this server";
  }
  if (hostOf(next) === hostOf(given)) return undefined;
  return await isPrivate(hostOf(next))
    ? "which is on this machine or in its network; give that address itself if you trust it"
    : undefined;
}

function refusal(given: URL, problem: string, options?: ErrorOptions): DataError {
  return new DataError(`Cannot read "${given.href}": ${problem}`, options);
}

function targetOf(given: URL, at: URL, response: Response): URL {
  const location = response.headers.get("location") ?? "";
  if (!URL.canParse(location, at.href)) throw refusal(given, `it redirects to "${location}", which is no address`);
  return new URL(location, at);
}

async function answerOf(given: URL, request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    const { host } = new URL(request.url);
    const where = host === given.host ? "it is" : `it redirects to "${host}", which is`;
    const fix = "give the address in the command, or run with --allow-net";
    throw refusal(given, `${where} a host that this command may not contact; ${fix}`, { cause });
  }
}

/**
 * Fetch what lies behind an address that the user gave, as `fetch` does, but follow redirections with care: a server out
 * there must not make this machine read its own files, services, or neighbours.
 *
 * The address itself may be any; a redirection may lead to the same host or to a public one.
 *
 * @param address An http(s) address, or a request for one; its body is not sent again.
 * @param init Method, headers, signal.
 * @param onRedirect Told each address that is followed.
 * @returns The answer, of any status but a redirection.
 * @throws {DataError} If a redirection leads to something else than a public web address or the same host, to a host
 * that Deno may not contact, or if there are more than ten.
 * @throws {TypeError} If the server cannot be reached.
 */
export async function fetchAddress(
  address: string | URL | Request,
  init: RequestInit = {},
  onRedirect: (next: URL) => void = () => {},
): Promise<Response> {
  let request = new Request(address, { ...init, redirect: "manual" });
  const given = new URL(request.url);
  for (let hops = 0; hops <= MOST_HOPS; hops++) {
    const response = await answerOf(given, request);
    if (!REDIRECTIONS.includes(response.status)) return response;
    await response.body?.cancel();
    const next = targetOf(given, new URL(request.url), response);
    const problem = await problemOf(given, next);
    if (problem !== undefined) throw refusal(given, `it redirects to "${next.href}", ${problem}`);
    onRedirect(next);
    request = new Request(next, request);
  }
  throw refusal(given, `it redirects more than ${MOST_HOPS} times, check the address`);
}
