import { CommandButtons, type Offer } from "../../parts/CommandButton.tsx";
import { Change } from "./Change.tsx";
import { End } from "./End.tsx";
import { ItemForm, TryAgain } from "./ItemForm.tsx";
import type { Campaign } from "./rule.ts";

/** The writes of a campaign. One that does not exist yet can be made. */
export function Actions({ id, campaign }: { id: string; campaign: Campaign | null }) {
  const offers: Offer[] = [
    {
      operation: "SetCampaign",
      form: (onClose) => <Change id={id} campaign={campaign} onClose={onClose} />,
    },
  ];
  if (campaign) {
    offers.push(
      { operation: "SetCampaignItems", form: (onClose) => <ItemForm campaign={campaign} onClose={onClose} /> },
      {
        operation: "SetCampaignItems",
        name: "TryAgain",
        form: (onClose) => <TryAgain campaign={campaign} onClose={onClose} />,
      },
      { operation: "EndCampaign", form: (onClose) => <End campaign={campaign} onClose={onClose} /> },
    );
  }
  return <CommandButtons offers={offers} />;
}
