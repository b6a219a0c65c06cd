/** A Slurm cluster of this machine alone, for tests: its daemons run as the current user, in a folder of their own. */

const PROGRAMS = ["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd"];

function isInstalled(): boolean {
  const missing = PROGRAMS.filter((path) => {
    try {
      return !Deno.statSync(path).isFile;
    } catch {
      return true;
    }
  });
  if (missing.length > 0) {
    console.warn(`SKIP: ${missing.join(", ")} absent, tests on Slurm do not run (slurm-wlm, munge)`);
  }
  return missing.length === 0;
}

/** Whether Slurm is installed; tests that need it are skipped, loudly, where it is not. */
export const hasSlurm: boolean = isInstalled();

/** A running cluster, which Slurm's commands find by this process's environment. */
export interface Cluster extends AsyncDisposable {
  /**
   * Call a command of Slurm.
   *
   * @param command Its name.
   * @param args Its arguments.
   * @returns What it printed.
   */
  call(command: string, ...args: readonly string[]): Promise<string>;
  /**
   * Do something while the controller is down.
   *
   * @param fn What is done.
   */
  withoutController(fn: () => Promise<void>): Promise<void>;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** No control groups, no accounting; cores are counted, not bound, so that there can be more than the machine has. */
function configuration(folder: string, host: string, user: string, cpus: number): string {
  return Object.entries({
    ClusterName: "test",
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmctldPort: freePort(),
    SlurmdPort: freePort(),
    SlurmUser: user,
    SlurmdUser: user,
    AuthType: "auth/munge",
    // The lifetime of credentials is also how long a job that queues again has to wait.
    AuthInfo: `socket=${folder}/munge.socket,cred_expire=5`,
    StateSaveLocation: `${folder}/state`,
    SlurmdSpoolDir: `${folder}/spool`,
    SlurmctldPidFile: `${folder}/slurmctld.pid`,
    SlurmdPidFile: `${folder}/slurmd.pid`,
    SlurmctldLogFile: `${folder}/slurmctld.log`,
    SlurmdLogFile: `${folder}/slurmd.log`,
    PlugStackConfig: `${folder}/plugstack.conf`,
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    MpiDefault: "none",
    JobAcctGatherType: "jobacct_gather/none",
    AccountingStorageType: "accounting_storage/none",
    JobCompType: "jobcomp/none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_Core",
    SchedulerParameters: "batch_sched_delay=0,sched_interval=1,sched_min_interval=100000,bf_interval=1",
    SlurmdParameters: "config_overrides",
    ReturnToService: 2,
    KillWait: 5,
    NodeName: `${host} NodeAddr=127.0.0.1 CPUs=${cpus} RealMemory=4000 State=UNKNOWN`,
    PartitionName: `small Nodes=${host} Default=YES MaxTime=60 State=UP`,
  }).map(([name, value]) => `${name}=${value}\n`).join("");
}

function startDaemon(program: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null", stderr: "null" }).spawn();
}

async function call(command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null" }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

/** End a daemon, by force if it does not follow. */
async function stop(daemon: Deno.ChildProcess): Promise<void> {
  const force = setTimeout(() => daemon.kill("SIGKILL"), 5000);
  try {
    daemon.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
  await daemon.status;
  clearTimeout(force);
}

async function untilIdle(folder: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const state = await call("sinfo", "--noheader", "--format=%T").catch(() => "");
    if (state.trim() === "idle") return;
    await new Promise((done) => setTimeout(done, 100));
  }
  const logs = await Promise.all(["slurmctld", "slurmd"].map((name) => Deno.readTextFile(`${folder}/${name}.log`)));
  throw new Error(`The cluster does not come up:\n${logs.join("\n")}`);
}

/**
 * Start a cluster with one node.
 *
 * @param cpus Cores that the node pretends to have: runs of one core at a time.
 * @returns The cluster; dispose it to end its jobs and daemons and to remove its folder.
 */
export async function startCluster(cpus: number): Promise<Cluster> {
  const folder = await Deno.makeTempDir({ prefix: "morphogen-slurm-" });
  // Its socket must be in reach of all users.
  await Deno.chmod(folder, 0o755);
  for (const name of ["state", "spool"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeFile(`${folder}/munge.key`, crypto.getRandomValues(new Uint8Array(128)), { mode: 0o600 });
  await Deno.writeTextFile(`${folder}/plugstack.conf`, "");
  const [host, user] = await Promise.all([call("hostname", "-s"), call("id", "-un")]);
  await Deno.writeTextFile(`${folder}/slurm.conf`, configuration(folder, host.trim(), user.trim(), cpus));
  Deno.env.set("SLURM_CONF", `${folder}/slurm.conf`);
  const munge = [
    "--foreground",
    `--socket=${folder}/munge.socket`,
    ...["key-file=munge.key", "pid-file=munged.pid", "log-file=munged.log", "seed-file=munged.seed"].map((option) =>
      `--${option.replace("=", `=${folder}/`)}`
    ),
  ];
  const startController = (): Deno.ChildProcess => startDaemon("/usr/sbin/slurmctld", ["-D"]);
  const keys = startDaemon("/usr/sbin/munged", munge);
  let controller = startController();
  const node = startDaemon("/usr/sbin/slurmd", ["-D"]);
  const dispose = async (): Promise<void> => {
    await call("scancel", "--full", `--user=${user.trim()}`).catch(() => {});
    for (const daemon of [node, controller, keys]) await stop(daemon);
    Deno.env.delete("SLURM_CONF");
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await untilIdle(folder);
  } catch (error) {
    await dispose();
    throw error;
  }
  const withoutController = async (fn: () => Promise<void>): Promise<void> => {
    await stop(controller);
    try {
      await fn();
    } finally {
      controller = startController();
    }
    await untilIdle(folder);
  };
  return Object.freeze({ call, withoutController, [Symbol.asyncDispose]: dispose });
}
