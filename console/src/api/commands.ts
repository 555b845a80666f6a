import type { components, Holdfast } from "holdfast-client";
import { type AlertBodies, alertCommands } from "./alertCommands.ts";
import { type CaseBodies, caseCommands } from "./caseCommands.ts";
import { type RunningBodies, runningCommands } from "./runningCommands.ts";
import { type SellingBodies, sellingCommands } from "./sellingCommands.ts";
import { type TillBodies, tillCommands } from "./tillCommands.ts";
import { type TransferBodies, transferCommands } from "./transferCommands.ts";
import type { Answered, Verb, Verbs } from "./verbs.ts";

type Schemas = components["schemas"];

/**
 * The bodies of the writes that people make by hand. That of a threshold has its product too, which goes into
 * the path.
 */
interface StockBodies {
  Observe: Schemas["ObserveRequest"];
  Restock: Schemas["RestockRequest"];
  Adjust: Schemas["AdjustRequest"];
  Move: Schemas["MoveRequest"];
  SetThreshold: { product_id: string; location_id: string; low_stock_threshold: number };
  SetSaleStatus: Schemas["SetSaleStatusRequest"];
  Commit: Schemas["CommitRequest"];
  Extend: Schemas["ExtendRequest"];
  Release: Schemas["ReleaseRequest"];
  Deduct: Schemas["DeductRequest"];
  Return: Schemas["ReturnRequest"];
  ExecuteBatch: Schemas["ExecuteBatchRequest"];
}

/** The writes that have a file of their own. */
type OtherBodies = TransferBodies & CaseBodies & RunningBodies & SellingBodies & AlertBodies & TillBodies;
const others: Verbs<OtherBodies> = {
  ...transferCommands,
  ...caseCommands,
  ...runningCommands,
  ...sellingCommands,
  ...alertCommands,
  ...tillCommands,
};

type Bodies = StockBodies & OtherBodies;

/** The name of an operation, as openapi.yaml and the actions of a session have it. */
export type Operation = keyof Bodies;

/** A write as it is sent. */
export type Command = { [Name in Operation]: { operation: Name; body: Bodies[Name] } }[Operation];

/** The roles that may call an operation, those with fewer rights first. The server decides; this says whom to ask. */
export const rolesOf: Record<Operation, readonly string[]> = {
  Observe: ["clerk", "manager", "admin"],
  Restock: ["clerk", "manager", "admin"],
  Move: ["clerk", "manager", "admin"],
  Adjust: ["manager", "admin"],
  SetThreshold: ["manager", "admin"],
  SetSaleStatus: ["manager", "admin"],
  Commit: ["agent", "manager", "admin"],
  Extend: ["agent", "manager", "admin"],
  Release: ["agent", "manager", "admin"],
  Deduct: ["agent", "manager", "admin"],
  Return: ["agent", "clerk", "manager", "admin"],
  ExecuteBatch: ["agent", "clerk", "manager", "admin"],
  ...rolesIn(others),
};

/** True when the body of a write has secrets. */
export function isSecret({ operation }: Command): boolean {
  return operation in others && others[operation as keyof OtherBodies].secret === true;
}

function rolesIn<Of>(verbs: Verbs<Of>): Record<keyof Of, readonly string[]> {
  const pairs = Object.entries<Verb<never>>(verbs).map(([name, { roles }]) => [name, roles]);
  return Object.fromEntries(pairs) as Record<keyof Of, readonly string[]>;
}

/** Sends a write with its Idempotency-Key. */
export function send(api: Holdfast, command: Command, key: string): Promise<Answered> {
  const header = { "Idempotency-Key": key };
  const params = { header };
  switch (command.operation) {
    case "Observe":
      return api.POST("/v1/inventory/observe", { params, body: command.body });
    case "Restock":
      return api.POST("/v1/inventory/restock", { params, body: command.body });
    case "Adjust":
      return api.POST("/v1/inventory/adjust", { params, body: command.body });
    case "Move":
      return api.POST("/v1/inventory/move", { params, body: command.body });
    case "SetThreshold": {
      const { product_id, ...body } = command.body;
      return api.PUT("/v1/inventory/{product_id}/threshold", { params: { header, path: { product_id } }, body });
    }
    case "SetSaleStatus":
      return api.POST("/v1/inventory/sale-status", { params, body: command.body });
    case "Commit":
      return api.POST("/v1/inventory/commit", { params, body: command.body });
    case "Extend":
      return api.POST("/v1/inventory/extend", { params, body: command.body });
    case "Release":
      return api.POST("/v1/inventory/release", { params, body: command.body });
    case "Deduct":
      return api.POST("/v1/inventory/deduct", { params, body: command.body });
    case "Return":
      return api.POST("/v1/inventory/return", { params, body: command.body });
    case "ExecuteBatch":
      return api.POST("/v1/commands:batch", { body: keyed(command.body, key) });
    default:
      return (others[command.operation] as Verb<typeof command.body>).send(api, command.body, header);
  }
}

/** A batch as it is sent: each of its writes has a key of its own, the same whenever it is sent again. */
export function keyed({ commands }: Bodies["ExecuteBatch"], key: string): Bodies["ExecuteBatch"] {
  return { commands: commands.map((one, at) => ({ ...one, idempotency_key: `${key}.${at}` })) };
}
