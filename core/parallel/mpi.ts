import { BackendError } from "../errors.ts";
import type { MpiFamily } from "./launcher.ts";
import type { Channel } from "./ranks.ts";

const VERSION = { MPI_Get_library_version: { parameters: ["buffer", "buffer"], result: "i32" } } as const;

const SHARED = {
  MPI_Init_thread: { parameters: ["pointer", "pointer", "i32", "buffer"], result: "i32" },
  MPI_Finalize: { parameters: [], result: "i32" },
} as const;

/** Open MPI's handles are addresses of exported objects (its mpi.h, `OMPI_PREDEFINED_GLOBAL`). */
const OPEN_MPI = {
  ...SHARED,
  ompi_mpi_comm_world: { type: "pointer" },
  ompi_mpi_float: { type: "pointer" },
  ompi_mpi_double: { type: "pointer" },
  ompi_mpi_op_sum: { type: "pointer" },
  MPI_Comm_rank: { parameters: ["pointer", "buffer"], result: "i32" },
  MPI_Comm_size: { parameters: ["pointer", "buffer"], result: "i32" },
  MPI_Allreduce: {
    parameters: ["buffer", "buffer", "i32", "pointer", "pointer", "pointer"],
    result: "i32",
    nonblocking: true,
  },
} as const;

/** Handles of MPICH and of all libraries that keep its binary interface (Intel, Cray, MVAPICH) are numbers. */
const MPICH = {
  ...SHARED,
  MPI_Comm_rank: { parameters: ["i32", "buffer"], result: "i32" },
  MPI_Comm_size: { parameters: ["i32", "buffer"], result: "i32" },
  MPI_Allreduce: {
    parameters: ["buffer", "buffer", "i32", "i32", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
} as const;

/** MPICH's mpi.h: `MPI_COMM_WORLD`, `MPI_FLOAT`, `MPI_DOUBLE`, `MPI_SUM`. */
const [COMM_WORLD, FLOAT, DOUBLE, SUM] = [0x44000000, 0x4c00040a, 0x4c00080b, 0x58000003];

/** `MPI_THREAD_SERIALIZED` of both: calls come from several threads, one at a time. */
const SERIALIZED = 2;

type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
type Word = Int32Array<ArrayBuffer>;

/** The calls that are needed, with the handles filled in. */
interface Calls {
  readonly init: (provided: Word) => number;
  readonly rank: (out: Word) => number;
  readonly size: (out: Word) => number;
  readonly allReduce: (values: Numbers, sums: Numbers) => Promise<number>;
  readonly finalize: () => number;
}

function openMpiCalls(file: string): Calls {
  const { symbols: mpi } = Deno.dlopen(file, OPEN_MPI);
  const world = mpi.ompi_mpi_comm_world;
  return {
    init: (provided) => mpi.MPI_Init_thread(null, null, SERIALIZED, provided),
    rank: (out) => mpi.MPI_Comm_rank(world, out),
    size: (out) => mpi.MPI_Comm_size(world, out),
    allReduce: (values, sums) => {
      const type = values instanceof Float32Array ? mpi.ompi_mpi_float : mpi.ompi_mpi_double;
      return mpi.MPI_Allreduce(values, sums, values.length, type, mpi.ompi_mpi_op_sum, world);
    },
    finalize: () => mpi.MPI_Finalize(),
  };
}

function mpichCalls(file: string): Calls {
  const { symbols: mpi } = Deno.dlopen(file, MPICH);
  return {
    init: (provided) => mpi.MPI_Init_thread(null, null, SERIALIZED, provided),
    rank: (out) => mpi.MPI_Comm_rank(COMM_WORLD, out),
    size: (out) => mpi.MPI_Comm_size(COMM_WORLD, out),
    allReduce: (values, sums) => {
      const type = values instanceof Float32Array ? FLOAT : DOUBLE;
      return mpi.MPI_Allreduce(values, sums, values.length, type, SUM, COMM_WORLD);
    },
    finalize: () => mpi.MPI_Finalize(),
  };
}

const CALLS: Readonly<Record<MpiFamily, (file: string) => Calls>> = { "Open MPI": openMpiCalls, "MPICH": mpichCalls };

/**
 * Where an MPI library may be.
 *
 * @param os Operating system as Deno names it.
 * @param family The family that the launcher belongs to; absent if it may be any.
 * @returns File names in the order to try; bare names go through the system's search path.
 */
export function mpiCandidates(os: string, family?: MpiFamily): readonly string[] {
  if (os === "darwin") return ["/opt/homebrew/lib/libmpi.dylib", "/usr/local/lib/libmpi.dylib", "libmpi.dylib"];
  const open = ["libmpi.so.40", "/usr/lib64/openmpi/lib/libmpi.so.40"];
  const mpich = ["libmpich.so.12", "libmpi.so.12", "/usr/lib64/mpich/lib/libmpi.so.12"];
  const known = { "Open MPI": open, "MPICH": mpich };
  return family === undefined ? [...open, ...mpich] : known[family];
}

/** First line of what a library says of itself. */
function versionOf(file: string): string {
  const { symbols } = Deno.dlopen(file, VERSION);
  // MPI_MAX_LIBRARY_VERSION_STRING is 256 in Open MPI and 8192 in MPICH.
  const [text, length] = [new Uint8Array(8192), new Int32Array(1)];
  symbols.MPI_Get_library_version(text, length);
  return new TextDecoder().decode(text.subarray(0, length[0])).split(/[\n,\0]/)[0]!.trim().replace(/:?\s+/g, " ");
}

function familyOf(file: string, version: string): MpiFamily {
  if (/Open MPI/i.test(version)) return "Open MPI";
  if (/MPICH|Intel|MVAPICH/i.test(version)) return "MPICH";
  throw new BackendError(
    `Cannot use ${file}: it is "${version}", expected Open MPI or a library with the interface of MPICH`,
  );
}

function findLibrary(candidates: readonly string[]): { readonly file: string; readonly version: string } {
  for (const file of candidates) {
    try {
      return { file, version: versionOf(file) };
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        throw new BackendError(`Cannot load ${file}: calling libraries is not allowed, run with --allow-ffi`);
      }
    }
  }
  throw new BackendError(
    `Cannot find an MPI library for --parallel mpi: looked for ${candidates.join(", ")}; run ` +
      "`apt-get install openmpi-bin` or `apt-get install mpich`, load your cluster's module, or name the file by " +
      "MORPHOGEN_MPI",
  );
}

function require(code: number, call: string): void {
  if (code !== 0) throw new BackendError(`Cannot go on: ${call} of the MPI library returned ${code}, expected 0`);
}

/**
 * Load an MPI library and join the processes that were started together.
 *
 * Sums run on a thread of their own, so signals and timers have their turn while this process waits for others.
 *
 * @param candidates Files to try, in order.
 * @returns The channel between the processes.
 * @throws {BackendError} If no library can be loaded or used; the message says what was tried.
 */
export function openMpi(candidates: readonly string[]): Channel {
  const { file, version } = findLibrary(candidates);
  const calls = CALLS[familyOf(file, version)](file);
  const out = new Int32Array(1);
  const read = (call: (out: Word) => number, name: string): number => {
    require(call(out), name);
    return out[0]!;
  };
  const provided = read(calls.init, "MPI_Init_thread");
  if (provided < SERIALIZED) {
    throw new BackendError(`Cannot use ${file} (${version}): it was built without threads; use another build`);
  }
  return Object.freeze({
    rank: read(calls.rank, "MPI_Comm_rank"),
    size: read(calls.size, "MPI_Comm_size"),
    name: version,
    sum: async (values: Numbers, sums: Numbers): Promise<void> =>
      require(await calls.allReduce(values, sums), "MPI_Allreduce"),
    close: (): void => require(calls.finalize(), "MPI_Finalize"),
  });
}
