import type { Stock } from "../../../parts/allot.ts";
import { CommandButtons, type Offer } from "../../../parts/CommandButton.tsx";
import { Allot } from "./Allot.tsx";
import { NewPeriod } from "./NewPeriod.tsx";
import { SetQuota } from "./SetQuota.tsx";
import { DropSchedule, SetSchedule } from "./SetSchedule.tsx";
import type { Schedule } from "./schedule.ts";

/** The writes of an item's quotas. */
export function Actions({ stock, schedule }: { stock: Stock; schedule: Schedule | null }) {
  const offers: Offer[] = [
    { operation: "Allot", form: (onClose) => <Allot stock={stock} onClose={onClose} /> },
    { operation: "SetQuotas", form: (onClose) => <SetQuota stock={stock} onClose={onClose} /> },
    { operation: "ResetSold", form: (onClose) => <NewPeriod stock={stock} onClose={onClose} /> },
    {
      operation: "SetQuotaSchedule",
      form: (onClose) => <SetSchedule stock={stock} schedule={schedule} onClose={onClose} />,
    },
    {
      operation: "DeleteQuotaSchedule",
      form: (onClose) => <DropSchedule stock={stock} schedule={schedule} onClose={onClose} />,
    },
  ];
  return (
    <CommandButtons key={`${stock.product_id} ${stock.location_id}`} location={stock.location_id} offers={offers} />
  );
}
