/** Debian's Chromium, which opens pages as their readers would. */
const CHROMIUM = "/usr/bin/chromium";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--hide-scrollbars",
  "--virtual-time-budget=4000",
];

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether Chromium is installed; tests that need it are skipped, loudly, where it is not. */
export const hasChromium: boolean = exists(CHROMIUM);

if (!hasChromium) console.warn(`SKIP: ${CHROMIUM} is absent, no page is opened in a browser`);

/** What a page became in the browser. */
export interface OpenedPage {
  /** The document after its scripts have run, as HTML. */
  readonly dom: string;
  /** Everything the console said: errors, warnings, refused requests, `console.log`. */
  readonly console: string[];
}

async function run(args: readonly string[]): Promise<{ out: string; log: string }> {
  const profile = await Deno.makeTempDir({ prefix: "chromium-" });
  try {
    const command = new Deno.Command(CHROMIUM, { args: [...FLAGS, `--user-data-dir=${profile}`, ...args] });
    const { success, stdout, stderr } = await command.output();
    const [out, log] = [new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
    if (!success) throw new Error(`Chromium failed: ${log}`);
    return { out, log };
  } finally {
    await Deno.remove(profile, { recursive: true });
  }
}

/**
 * Open a page, let its scripts run, and read what became of it.
 *
 * @param url Address, also `file://`.
 * @returns The document and the console.
 */
export async function openInChromium(url: string): Promise<OpenedPage> {
  const { out, log } = await run(["--dump-dom", "--enable-logging=stderr", "--v=0", url]);
  return { dom: out, console: log.split("\n").filter((line) => /:CONSOLE[:(]/.test(line)) };
}

/**
 * Take a picture of a page.
 *
 * @param url Address, also `file://`.
 * @param png File to write.
 * @param width Width of the window in pixels.
 * @param height Height of the window in pixels; what is below is not in the picture.
 * @param scheme The reader's colour scheme.
 */
export async function screenshot(
  url: string,
  png: string,
  width: number,
  height: number,
  scheme: "light" | "dark" = "light",
): Promise<void> {
  const dark = scheme === "dark" ? ["--blink-settings=preferredColorScheme=0"] : [];
  await run([`--screenshot=${png}`, `--window-size=${width},${height}`, ...dark, url]);
}
