import { formatNumber, formatSpread } from "../../../core/report/format.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("formatNumber() is short, grouped and honest at the extremes", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0"],
    [7668, "7,668"],
    [-1234567, "\u22121,234,567"],
    [0.61239, "0.612"],
    [12.345, "12.3"],
    [1234.5, "1,235"],
    [0.00042, "4.20e\u22124"],
    [1.5e12, "1.50e12"],
    [NaN, "n/a"],
    [Infinity, "∞"],
    [-Infinity, "\u2212∞"],
  ];
  for (const [value, text] of cases) assertEquals(formatNumber(value), text);
  assertEquals(formatNumber(0.123456, 5), "0.12346");
});

Deno.test("formatSpread() rounds as the Particle Data Group does", () => {
  // Examples of section 5.3 of the introduction to the Review of Particle Physics.
  assertEquals(formatSpread(0.827, 0.119), "0.83 ± 0.12");
  assertEquals(formatSpread(0.827, 0.367), "0.8 ± 0.4");
  assertEquals(formatSpread(0.61239, 0.0042), "0.612 ± 0.004");
  assertEquals(formatSpread(1234.5, 0.25), "1,234.50 ± 0.25");
  assertEquals(formatSpread(0.5, 0), "0.500");
  assertEquals(formatSpread(0.5, NaN), "0.500");
  assertEquals(formatSpread(0.5), "0.500");
  assertEquals(formatSpread(123456, 2000), "123,456 ± 2,000");
});
