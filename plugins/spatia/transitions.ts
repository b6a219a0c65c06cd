import { DataError, type DataSpec, type Section, stageNeighbours, unknownName } from "../../core/mod.ts";

/** Where states come from and which changes between them are learnt. */
export interface TransitionConfig {
  /**
   * `label`: states are categories of a label, and `table` says which lead to which. `time`: states are the times or doses
   * of sections; the first of each unit leads to all others of that unit.
   */
  readonly by: "label" | "time";
  /** Label whose categories are states, of `label`. */
  readonly label: string;
  /** Transitions, `"A -> B"` each, of `label`. */
  readonly table: readonly string[];
  /** Names of targets (doses) that are never trained on but drawn, between their neighbours; of `time`. */
  readonly holdOut: readonly string[];
  /** Label within whose categories cells are paired (niche, cell type); empty pairs all cells of a state. */
  readonly groups: string;
}

/** A change of state. */
export interface Transition {
  /** As shown: a line of the table, or the name of the time or dose that it leads to. */
  readonly name: string;
  /** State of the controls: category or time. */
  readonly from: number;
  /** State of the targets. */
  readonly to: number;
}

/** The transitions of a data set. */
export interface Transitions {
  /** Those that are learnt; their order is that of the network's table. */
  readonly trained: readonly Transition[];
  /** Those that are held out. */
  readonly heldOut: readonly Transition[];
}

const ARROW = " -> ";

function byLabel({ label, table, holdOut }: TransitionConfig, { name, labels }: DataSpec): Transitions {
  const states = labels[label];
  if (states === undefined) {
    throw new DataError(
      `Cannot find transitions of "${name}": it has the labels ${Object.keys(labels).join(", ") || "(none)"}, not ` +
        `"${label}"; set plugin.config.transitions.label`,
    );
  }
  if (table.length === 0) {
    throw new DataError(
      `Cannot find transitions of "${name}": plugin.config.transitions.table is empty, expected lines like ` +
        `"${states[0] ?? "A"}${ARROW}${states[1] ?? "B"}"`,
    );
  }
  if (holdOut.length > 0) {
    throw new DataError(
      `Cannot hold out "${
        holdOut[0]
      }": nothing lies between categories; leave it out of plugin.config.transitions.table`,
    );
  }
  const stateOf = (state: string): number => {
    const found = states.indexOf(state);
    if (found >= 0) return found;
    throw unknownName("state", state, states);
  };
  const trained = table.map((line) => {
    const [from, to] = line.split(ARROW) as [string, string];
    return { name: line, from: stateOf(from), to: stateOf(to) };
  });
  return { trained, heldOut: [] };
}

function byTime({ holdOut }: TransitionConfig, { name, times }: DataSpec): Transitions {
  const first = new Map<string, number>();
  const all = times.flatMap(({ unit, name: target }, index): readonly Transition[] => {
    const from = first.get(unit);
    if (from === undefined) {
      first.set(unit, index);
      return [];
    }
    return [{ name: target, from, to: index }];
  });
  if (all.length === 0) {
    throw new DataError(
      `Cannot find transitions of "${name}": it has ${times.length} times or doses, expected two or more of one unit`,
    );
  }
  const names = all.map((transition) => transition.name);
  for (const held of holdOut) if (!names.includes(held)) throw unknownName("dose or time", held, names);
  return {
    trained: all.filter((transition) => !holdOut.includes(transition.name)),
    heldOut: all.filter((transition) => holdOut.includes(transition.name)),
  };
}

/**
 * Find the transitions of a data set.
 *
 * @param config Where states come from.
 * @param spec Labels and times of the data.
 * @returns Trained and held-out transitions.
 * @throws {DataError} If a label, state or time is unknown, or there is no transition.
 */
export function transitionsOf(config: TransitionConfig, spec: DataSpec): Transitions {
  const found = config.by === "label" ? byLabel(config, spec) : byTime(config, spec);
  if (found.trained.length > 0) return found;
  throw new DataError(`Cannot train on "${spec.name}": all transitions are in plugin.config.transitions.holdOut`);
}

/**
 * States of a section's cells.
 *
 * @param config Where states come from.
 * @param section The section.
 * @returns State of each row; -1 where it is missing.
 */
export function statesOf({ by, label }: TransitionConfig, section: Section): Int32Array {
  return by === "label" ? section.labels[label]! : new Int32Array(section.rows).fill(section.time);
}

/**
 * How a transition looks to the network: a row of its table, or what lies between two of them.
 *
 * @param transitions All transitions.
 * @param transition One of them.
 * @param spec Times of the data.
 * @returns Weights of the trained transitions, `[T]`, summing to 1.
 * @throws {DataError} If a held-out dose does not lie between trained ones.
 */
export function transitionWeights(
  { trained }: Transitions,
  transition: Transition,
  { times }: Pick<DataSpec, "times">,
): Float32Array {
  const weights = new Float32Array(trained.length);
  const known = trained.indexOf(transition);
  if (known >= 0) {
    weights[known] = 1;
    return weights;
  }
  const series = trained.filter(({ from }) => from === transition.from);
  const around = stageNeighbours(times, series.map(({ to }) => to), transition.to);
  if (around === undefined) {
    throw new DataError(
      `Cannot draw "${transition.name}": the dose does not lie between trained ones; change ` +
        "plugin.config.transitions.holdOut",
    );
  }
  const add = (to: number, weight: number): void => {
    weights[trained.indexOf(series.find((each) => each.to === to)!)]! += weight;
  };
  add(around.before, 1 - around.share);
  add(around.after, around.share);
  return weights;
}
