import { CommandButtons, type Offer } from "../../parts/CommandButton.tsx";
import { Change } from "./Change.tsx";
import { End } from "./End.tsx";
import { ItemForm, TryAgain } from "./ItemForm.tsx";
import type { Campaign } from "./rule.ts";

/** What people do to a campaign. One that nobody has made yet can be made. */
export function Actions({ id, campaign }: { id: string; campaign: Campaign | null }) {
  const change: Offer = {
    operation: "SetCampaign",
    form: (onClose) => <Change id={id} campaign={campaign} onClose={onClose} />,
  };
  if (!campaign) return <CommandButtons key="new" offers={[{ ...change, name: "NewCampaign" }]} />;
  const left = campaign.pending + campaign.refused > 0;
  const offers: Offer[] = [
    { operation: "SetCampaignItems", form: (onClose) => <ItemForm campaign={campaign} onClose={onClose} /> },
    ...(left
      ? [
          {
            operation: "SetCampaignItems" as const,
            name: "TryAgain",
            form: (onClose: () => void) => <TryAgain campaign={campaign} onClose={onClose} />,
          },
        ]
      : []),
    change,
    { operation: "EndCampaign", form: (onClose) => <End campaign={campaign} onClose={onClose} /> },
  ];
  return <CommandButtons key="there" offers={offers} />;
}
