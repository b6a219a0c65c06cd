/** Addresses within a text: an argument such as `--set=dataset.config.path=https://...`, or a JSON document. */
const ADDRESS = /\bhttps?:\/\/[^\s"'<>\\]+/gi;

/**
 * Find the addresses in texts.
 *
 * @param texts Arguments of a command, or the content of configuration files.
 * @returns The addresses, each once.
 */
export function addressesIn(texts: readonly string[]): readonly URL[] {
  const found = texts.flatMap((text) => text.match(ADDRESS) ?? []).filter((text) => URL.canParse(text));
  return [...new Set(found)].map((text) => new URL(text));
}

/** What Deno calls a host: a port only where the address has one. */
function hostOf({ host }: URL): string {
  return host;
}

/**
 * Find the hosts that answer for addresses: their own, and those that they redirect to now, as archives of data do.
 *
 * @param addresses Addresses that the user gave.
 * @returns Hosts as Deno's permissions name them, each once.
 */
export async function hostsBehind(addresses: readonly URL[]): Promise<readonly string[]> {
  const hosts = new Set(addresses.map(hostOf));
  if (addresses.length === 0) return [];
  const { fetchAddress } = await import("../../core/net/fetch_address.ts");
  await Promise.all(addresses.map(async (address) => {
    try {
      const response = await fetchAddress(address, { method: "HEAD", signal: AbortSignal.timeout(5000) }, (next) => {
        hosts.add(hostOf(next));
      });
      await response.body?.cancel();
    } catch {
      // What is wrong with an address is for the program to say, which asks for it again.
    }
  }));
  return [...hosts];
}
