import {
  describeEnvironment,
  formatCitation,
  leaves,
  type Params,
  readMetrics,
  type SignalWatch,
  type Tensor,
} from "../core/mod.ts";
import { writeAnnData } from "../core/io/anndata_writer.ts";
import { writeFileAtomic } from "../core/io/atomic.ts";
import { evaluateRun, type Learned } from "./evaluate_run.ts";
import { writeReport } from "./report_file.ts";
import { reportInput } from "./report_input.ts";
import type { RunResult } from "./result.ts";
import type { Session } from "./session.ts";
import { VERSIONS } from "./versions.ts";

/** What finishing a run needs to know about its training. */
export interface Finished extends Learned {
  /** Training steps made. */
  readonly steps: number;
  /** Seconds before this stage, over all resumptions. */
  readonly seconds: () => number;
  /** Plugin from outside, as the user named it. */
  readonly plugin?: string | undefined;
}

function countParameters(params: Params): number {
  return leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0);
}

/**
 * Draw, measure and report: writes `samples.zarr`, `env.json`, `figures/`, `report.json` and `report.html`; what makes the
 * run count as finished is left to the caller.
 *
 * @param session Data, run folder and model.
 * @param finished The trained parameters.
 * @param signals Signal watch.
 * @returns The result.
 * @throws {Stopped} If a signal arrived before anything was written.
 */
export async function finishRun(session: Session, finished: Finished, signals: SignalWatch): Promise<RunResult> {
  const { run, resolved, backend, data, notes } = session;
  const { metrics, figures, samples } = await evaluateRun(session, finished, signals);
  const result: RunResult = {
    experiment: resolved.experiment.name,
    run: run.folder,
    seed: resolved.settings.seed,
    backend: backend.name,
    steps: finished.steps,
    seconds: Math.round(finished.seconds() * 10) / 10,
    data: data.source,
    params: countParameters(finished.params),
    metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    detail: metrics,
    notes,
    citation: formatCitation(data.citation),
  };
  const { notes: _, name, ...device } = backend;
  const environment = await describeEnvironment({ versions: VERSIONS, backend: name, device });
  const log = await readMetrics(run);
  await writeAnnData(`${run.folder}/samples.zarr`, samples.table);
  await writeFileAtomic(`${run.folder}/env.json`, `${JSON.stringify(environment, null, 2)}\n`);
  const { plugin } = finished;
  await writeReport(run.folder, reportInput(session, { result, figures, log, environment, plugin }));
  return result;
}
