const NAME = "XDG_RUNTIME_DIR";

/**
 * Do something while `XDG_RUNTIME_DIR` is set: without it, as in containers and on cluster nodes, Mesa's drivers print
 * errors about it that concern no one who computes.
 *
 * @typeParam T What `work` returns.
 * @param work What loads the drivers.
 * @returns What `work` returned.
 */
export async function withRuntimeFolder<T>(work: () => Promise<T>): Promise<T> {
  const allowed = Deno.build.os === "linux" &&
    Deno.permissions.querySync({ name: "env", variable: NAME }).state === "granted";
  if (!allowed || Deno.env.has(NAME)) return await work();
  Deno.env.set(NAME, "/tmp");
  try {
    return await work();
  } finally {
    Deno.env.delete(NAME);
  }
}
