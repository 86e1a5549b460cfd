export type { Decision, ResubmitInfo } from "./generated/types/decision.js";
