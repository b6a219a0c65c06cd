/** What each rank of mpi_test.ts does: prints one line of JSON. */
import { openRanks } from "../../../core/parallel/open_ranks.ts";
import { RankError } from "../../../core/parallel/ranks.ts";

const [how] = Deno.args;
const ranks = openRanks();
const { rank, size } = ranks;

if (how === "sum") {
  const large = new Float32Array(1_000_003).fill(rank + 1);
  await ranks.sum(large);
  const few = Float32Array.of(0.1 * (rank + 1), rank === 0 ? NaN : 1, -rank);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  // The first rank is late: the others' timers go on meanwhile.
  if (rank === 0) await new Promise((done) => setTimeout(done, 300));
  await ranks.sum(few);
  clearInterval(timer);
  const words = await ranks.meet(100 + rank);
  console.log(JSON.stringify({ rank, size, same: new Set(large).size, each: large[0], few: [...few], words, ticks }));
} else if (rank === 1) {
  await ranks.fail("Cannot do it");
} else {
  try {
    await ranks.meet();
  } catch (error) {
    console.log(JSON.stringify({ rank, sentence: (error as RankError).message, kind: error instanceof RankError }));
  }
}
await ranks.leave();
