/** A version as numbers. */
type Version = readonly [major: number, minor: number, patch: number];

function parse(version: string): Version {
  const found = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (found === null) throw new SyntaxError(`Cannot read version "${version}": expected three numbers like 0.1.0`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

/**
 * The least version that may follow a published one (semver.org): what is removed or changed breaks programs, and takes
 * the next major version, before 1.0.0 the next minor one.
 *
 * @param published The published version.
 * @param breaks Whether a name is gone or is of another kind.
 */
export function leastVersion(published: string, breaks: boolean): string {
  const [major, minor] = parse(published);
  if (!breaks) return published;
  return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
}

/** Whether a version is at least another. */
export function atLeast(version: string, least: string): boolean {
  const [a, b] = [parse(version), parse(least)];
  const at = a.findIndex((number, i) => number !== b[i]);
  return at < 0 || a[at]! > b[at]!;
}

/** The exports of a published version: its number, then one line per name. */
export interface Published {
  readonly version: string;
  readonly exports: readonly string[];
}

/** Read what `deno run -A tests/api/exports.ts --published` wrote. */
export function parsePublished(text: string): Published {
  const [first, ...exports] = text.trimEnd().split("\n");
  return { version: first!, exports };
}

/**
 * Say what is wrong with a version number; undefined if it may be published.
 *
 * @param version The next version.
 * @param exports Its exports.
 * @param published What was published last.
 */
export function versionProblem(version: string, exports: readonly string[], published: Published): string | undefined {
  const gone = published.exports.filter((line) => !exports.includes(line));
  const least = leastVersion(published.version, gone.length > 0);
  if (atLeast(version, least)) return undefined;
  const which = gone.length === 0
    ? ""
    : `, since these exports are removed or changed: ${gone.slice(0, 10).join("; ")}`;
  return `version ${version} follows ${published.version}, expected at least ${least}${which}`;
}
