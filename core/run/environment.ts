import { fileURLToPath } from "node:url";
import { gitCommit } from "./git.ts";

/** What the caller knows and this module cannot find out. */
export interface EnvironmentOptions {
  /** Versions by name, for example `{ "@morphogen/morphogen": "0.1.0", tfjs: "4.22.0" }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Backend in use, for example `"native"`. */
  readonly backend: string;
  /** What the backend says about itself: library, threads, adapter. */
  readonly device: Readonly<Record<string, string | number | boolean>>;
  /**
   * Folder whose commit is recorded.
   *
   * @default {the folder of this package}
   */
  readonly folder?: string;
}

/** Where a run was made; `env.json` of the run folder. */
export interface Environment {
  /** Versions by name: the caller's, and `deno`, `v8`, `typescript`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Backend in use. */
  readonly backend: string;
  /** What the backend says about itself. */
  readonly device: Readonly<Record<string, string | number | boolean>>;
  /** Operating system, for example `"linux"`. */
  readonly os: string;
  /** Its release, if Deno may ask for it. */
  readonly release: string | null;
  /** Processor architecture, for example `"x86_64"`. */
  readonly arch: string;
  /** Logical processors. */
  readonly processors: number;
  /** Memory of the machine in bytes, if Deno may ask for it. */
  readonly memory: number | null;
  /** Commit of the code; `null` outside a git checkout. */
  readonly commit: string | null;
}

/**
 * Ask for a fact that needs a permission; a run without it is none the worse.
 *
 * @param read Asks.
 * @returns The fact; `null` without the permission.
 */
export function ifAllowed<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}

/**
 * Describe where a run is made, without starting a process.
 *
 * @param options What only the caller knows.
 * @returns The description, ready for `env.json`.
 */
export async function describeEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const folder = options.folder ??
    (import.meta.url.startsWith("file:") ? fileURLToPath(new URL(".", import.meta.url)) : undefined);
  return {
    versions: { ...options.versions, ...Deno.version },
    backend: options.backend,
    device: options.device,
    os: Deno.build.os,
    release: ifAllowed(() => Deno.osRelease()),
    arch: Deno.build.arch,
    processors: navigator.hardwareConcurrency,
    memory: ifAllowed(() => Deno.systemMemoryInfo().total),
    commit: folder === undefined ? null : await gitCommit(folder) ?? null,
  };
}
