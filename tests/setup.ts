/** Preloaded by the documentation tests: examples run on the backend that every machine has. */
import { chooseBackend } from "../core/backend/mod.ts";

await chooseBackend("cpu");
