import { DataError } from "../../core/errors.ts";
import { openZarr } from "../../core/io/zarr.ts";
import { fetchAddress } from "../../core/net/fetch_address.ts";
import { isPublicAddress } from "../../core/net/public_address.ts";
import { readCsv } from "../../datasets/csv.ts";
import { isFileAddress, localFile } from "../../datasets/import/download.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { runPython } from "../python.ts";
import { listen, redirection } from "./servers.ts";

/** Addresses of every special range, of its edges and neighbours, and of IPv4 within IPv6. */
const ADDRESSES: readonly string[] = [
  ...["0.0.0.0", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "100.63.255.255", "100.64.0.0"],
  ...["100.127.255.255", "100.128.0.0", "127.0.0.1", "127.255.255.255", "128.0.0.0", "169.253.255.255"],
  ...[
    "169.254.169.254",
    "172.15.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "172.32.0.0",
    "192.0.2.1",
    "192.167.255.255",
  ],
  ...["192.168.0.1", "192.169.0.0", "198.17.255.255", "198.18.0.1", "198.19.255.255", "198.20.0.0", "198.51.100.7"],
  ...["203.0.113.7", "203.0.114.0", "240.0.0.1", "255.255.255.255", "8.8.8.8", "1.1.1.1"],
  ...["::", "::1", "fe80::1", "febf::1", "fc00::1", "fdff::1", "2001:db8::1", "2606:4700:4700::1111", "2a00:1450::1"],
  ...["::ffff:127.0.0.1", "::ffff:10.0.0.1", "100::1"],
];

Deno.test("isPublicAddress() agrees with Python's ipaddress on every special range", () => {
  const theirs = runPython(
    "import ipaddress, json, sys\nprint(json.dumps([ipaddress.ip_address(a).is_global for a in sys.argv[1:]]))",
    ADDRESSES,
  ) as readonly boolean[];
  assertEquals(
    ADDRESSES.map((address) => [address, isPublicAddress(address)]),
    ADDRESSES.map((a, i) => [a, theirs[i]]),
  );
});

Deno.test("isPublicAddress() sees through IPv4 that is mapped, translated or tunnelled, and multicast", () => {
  const hidden = [
    "::ffff:7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::127.0.0.1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "fe80::1%eth0",
  ];
  assertEquals(
    [...hidden, "ff02::1", "224.0.0.1", "2001:0:1::", "", "x", "1.2.3", "1::2::3"].filter(isPublicAddress),
    [],
  );
  assertEquals(["64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:808:808"].filter((a) => !isPublicAddress(a)), []);
});

/** Places that a server out there must not lead to; `PORT` is that of a service of this machine. */
const FORBIDDEN: readonly string[] = [
  "http://localhost:PORT/secret",
  "http://localhost.:PORT/secret",
  "http://a.localhost:PORT/secret",
  "http://[::1]:PORT/secret",
  "http://127.0.0.2:PORT/secret",
  "http://2130706434:PORT/secret",
  "http://0x7f000002:PORT/secret",
  "http://0177.0.0.2:PORT/secret",
  "http://127.2:PORT/secret",
  "http://[::ffff:127.0.0.1]:PORT/secret",
  "http://169.254.169.254/latest/meta-data/",
  "http://10.0.0.1/",
  "http://192.168.1.1/",
  "http://[fe80::1]/",
  "http://[fd00::1]/",
  "http://0.0.0.0:PORT/secret",
  "file:///etc/passwd",
  "data:text/csv,a%0A1",
  "blob:null/1",
  "ftp://127.0.0.1/",
];

/** Every way by which data come from an address. */
const READERS: Readonly<Record<string, (address: string) => Promise<unknown>>> = {
  "fetchAddress()": (address) => fetchAddress(address),
  "openZarr()": (address) => openZarr(address),
  "openZarr() of a zip": (address) => openZarr(`${address}.zip`),
  "localFile()": (address) => localFile(address, () => {}),
  "isFileAddress()": (address) => isFileAddress(address),
  "readCsv()": (address) => readCsv(address),
};

for (const [name, read] of Object.entries(READERS)) {
  Deno.test(`${name} follows no redirection to files, to this machine or to its network`, async () => {
    await using secret = listen("0.0.0.0", () => new Response("a\n1\n"));
    for (const [i, place] of FORBIDDEN.entries()) {
      const location = place.replace("PORT", String(secret.port));
      await using outside = listen("127.0.0.1", () => redirection(location, [301, 302, 303, 307, 308][i % 5]));
      const error = await assertRejects(() => read(`http://127.0.0.1:${outside.port}/data`), DataError);
      assertStringIncludes(error.message, "it redirects to ", location);
      assertEquals(secret.asked, [], location);
    }
  });
}

Deno.test("fetchAddress() follows redirections to the same host, ten at most, and hands on method and range", async () => {
  const seen: string[] = [];
  await using server = listen("127.0.0.1", (path) => {
    const left = Number(path.slice(1));
    return left > 0 ? redirection(`/${left - 1}`) : new Response("here");
  });
  const address = `http://127.0.0.1:${server.port}`;
  assertEquals(await (await fetchAddress(`${address}/10`, {}, (next) => seen.push(next.pathname))).text(), "here");
  assertEquals(seen.length, 10);
  await assertRejects(() => fetchAddress(`${address}/11`), DataError, "it redirects more than 10 times");
  await using loop = listen("127.0.0.1", () => redirection("/"));
  await assertRejects(
    () => fetchAddress(`http://127.0.0.1:${loop.port}/`),
    DataError,
    "it redirects more than 10 times",
  );
  const asked: (string | null)[] = [];
  const ranged = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    asked.push(`${request.method} ${request.headers.get("range")}`);
    return request.url.endsWith("/a") ? redirection("/b") : new Response(null, { status: 206 });
  });
  await fetchAddress(`http://127.0.0.1:${ranged.addr.port}/a`, { method: "HEAD", headers: { range: "bytes=0-1" } });
  await ranged.shutdown();
  assertEquals(asked, ["HEAD bytes=0-1", "HEAD bytes=0-1"]);
});

Deno.test("an address of this machine that the user gives himself is read", async () => {
  await using server = listen("127.0.0.1", () => new Response("a\n1\n"));
  assertEquals([...await readCsv(`http://127.0.0.1:${server.port}/t.csv`)], [["a", ["1"]]]);
  assertEquals([...await readCsv(`http://localhost:${server.port}/t.csv`)], [["a", ["1"]]]);
});

Deno.test({
  name: "fetchAddress() says which host Deno may not contact",
  permissions: { net: ["127.0.0.1"], read: true },
  fn: async () => {
    await using server = listen("127.0.0.1", () => redirection("http://192.0.2.1:9/"));
    await assertRejects(() => fetchAddress(`http://127.0.0.1:${server.port}/`), DataError, "it redirects to");
    await assertRejects(
      () => fetchAddress("http://example.invalid/"),
      DataError,
      'Cannot read "http://example.invalid/": it is a host that this command may not contact',
    );
  },
});
