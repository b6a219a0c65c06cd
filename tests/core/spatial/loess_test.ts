import { DataError } from "../../../core/errors.ts";
import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { loess } from "../../../core/spatial/loess.ts";
import { assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

const X = Float64Array.from({ length: 60 }, (_, i) => Math.floor(((i * 37) % 60) ** 1.5 / 4) / 10);
const Y = X.map((v, i) => Math.round((v * 0.7 - 0.02 * v * v + Math.sin(v / 3) + ((i * 53) % 17) / 10) * 1000) / 1000);

/** `fitted(loess(y ~ x, span = 0.3, degree = 2))` of R 4.2.2. */
// deno-fmt-ignore
const R_FITTED = [
  0.442274631113166, 4.91041484358332, 2.19105270920393, 5.9312582850788, 3.80953397217726, 0.770871965985711,
  5.43418355367899, 2.92942268148142, 5.77577344627608, 4.39387913375749, 1.48298076425099, 5.73643666903191,
  3.74140463643005, 0.442274631113166, 5.01132153571762, 2.29881644255924, 5.96394279086201, 3.85047023666537,
  0.925630036698134, 5.49726768906343, 3.15985067973462, 5.65250162093695, 4.52293038058206, 1.73520178148662,
  5.78784350275807, 3.76912134309607, 0.442274631113166, 5.10737754639178, 2.50540876452988, 5.95344935082709,
  3.95518204110562, 1.07440573336028, 5.55610964655302, 3.40134083408335, 5.49810492188953, 4.6473203380779,
  1.8537929556923, 5.8162781735308, 3.78043775738045, 0.60970939517767, 5.24407237612266, 2.60955206193719,
  5.91263238282725, 4.07558220912079, 1.21517449438447, 5.63091589472683, 3.50262620329935, 5.31187432820195,
  4.8088996670278, 1.96768945420403, 5.85338773218604, 3.80542776942545, 0.770871965985711, 5.32722169993079,
  2.81496025392124, 5.86746192582377, 4.23094663780261, 1.35029137402267, 5.6756101186446, 3.63923891137374,
];

Deno.test("loess() equals loess of R with its default surface", () => {
  assertClose(loess(X, Y, 0.3), R_FITTED, 1e-12);
});

/** Weighted least squares at the vertices of the tree and SciPy's Hermite pieces between them. */
const REFERENCE = `
from scipy.interpolate import CubicHermiteSpline
x, y, span = d["x"], d["y"], d["span"]
n = len(x); near = int(n * span); most = int(n * span * 0.2)
s = np.sort(x)
margin = 0.005 * (s[-1] - s[0])
def cuts(part, lo, hi):
    if len(part) <= most: return []
    m = (len(part) + 1) // 2 - 1  # the places all differ
    c = part[m]
    return cuts(part[: m + 1], lo, c) + [c] + cuts(part[m + 1 :], c, hi)
v = np.array([s[0] - margin] + cuts(s, 0, 0) + [s[-1] + margin])
value, slope = [], []
for at in v:
    dist = np.abs(x - at)
    idx = np.argsort(dist, kind="stable")[:near]
    w = np.clip(1 - (dist[idx] / dist[idx].max()) ** 3, 0, None) ** 1.5
    A = np.vander(x[idx] - at, 3, increasing=True)
    c = np.linalg.lstsq(A * w[:, None], y[idx] * w, rcond=None)[0]
    value.append(c[0]); slope.append(c[1])
out = CubicHermiteSpline(v, value, slope)(x)
`;

Deno.test({
  name: "loess() equals local parabolas of NumPy joined by Hermite pieces of SciPy",
  ignore: !hasPython("numpy", "scipy"),
  fn: () => {
    // A power of 2 halves evenly, which spares the reference the rule for odd pieces.
    const n = 1024;
    const x = Float64Array.from(rng(5).fold("x").host.uniform(n), (u, i) => 4 * u + 1e-6 * i);
    const noise = rng(5).fold("noise").host.normal(n);
    const y = x.map((value, i) => Math.sin(2 * value) + 0.2 * noise[i]!);
    const expected = askPython(REFERENCE, { x: hostArray(x, [n]), y: hostArray(y, [n]), span: 0.3 }) as number[];
    assertClose(loess(x, y, 0.3), expected, 1e-10);
  },
});

Deno.test("loess() refuses lengths that differ, spans out of range, NaN, and neighbourhoods without width", () => {
  const line = Float64Array.from({ length: 20 }, (_, i) => i);
  assertThrows(() => loess(line, line.slice(1), 0.5), TypeError, "19 values at 20 places");
  assertThrows(() => loess(line, line, 0), RangeError, "span 0");
  assertThrows(() => loess(line, line, 0.1), RangeError, "2 of 20 points");
  assertThrows(
    () => loess(line, line.map((value) => value === 3 ? NaN : value), 0.5),
    DataError,
    "point 3 is (3, NaN)",
  );
  assertThrows(() => loess(new Float64Array(20).fill(2), line, 0.5), DataError, "lie at one place");
});
