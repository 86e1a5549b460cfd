/**
 * Signed deliveries for the tests of your own webhook. `import "didit-client"` does not load this module.
 *
 * @packageDocumentation
 */
export { type DeliveryOptions, delivery, SECRET } from "./build.js";
export { Case, cases } from "./case.js";
export {
  type Clock,
  Control,
  ControlError,
  type Credentials,
  type DeliveryFilter,
  type Fault,
  type Mail,
  type Misbehaviour,
  type SentDelivery,
} from "./control.js";
export { DiditDev, type DiditDevEnvironment, DiditDevError, type DiditDevOptions, diditDev } from "./dev.js";
export type { DeliveryType, Members, Scenario, Status } from "./names.js";
export { serve, type TestLike } from "./serve.js";
export { Delivery } from "./signed.js";
