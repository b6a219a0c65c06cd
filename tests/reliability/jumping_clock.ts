/** Preloaded into a process: its clock jumps by up to a year at every look at it, mostly backwards. */
const YEAR = 365 * 24 * 3600 * 1000;
const Real = Date;
let looks = 0;

function jumped(): number {
  const back = [0.9, -0.3, 0.001, 0.5, -0.02, 0][looks++ % 6]!;
  return Real.now() - Math.round(back * YEAR) - looks * 60_000;
}

class JumpingDate extends Real {
  constructor(...args: readonly unknown[]) {
    super(...(args.length === 0 ? [jumped()] : args) as [number]);
  }
  static override now(): number {
    return jumped();
  }
}

globalThis.Date = JumpingDate as DateConstructor;
