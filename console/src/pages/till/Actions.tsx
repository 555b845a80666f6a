import { useTranslation } from "react-i18next";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import type { Till } from "../../parts/tills.ts";
import { Code } from "./Code.tsx";
import { Policy } from "./Policy.tsx";
import { planDelete } from "./plans.ts";
import { WriteOff } from "./WriteOff.tsx";

/** The writes of a till. */
export function Actions({ of, gone }: { of: Till; gone: boolean }) {
  const { t } = useTranslation("till");
  const off = gone ? t("isGone") : undefined;
  return (
    <CommandButtons
      offers={[
        { operation: "CreateTillCode", off, form: (onClose) => <Code of={of} onClose={onClose} /> },
        { operation: "SetTill", off, form: (onClose) => <Policy of={of} onClose={onClose} /> },
        {
          operation: "WriteOffTill",
          off: off ?? (of.paired ? undefined : t("isUnpaired")),
          form: (onClose) => <WriteOff of={of} onClose={onClose} />,
        },
        {
          operation: "DeleteTill",
          off: off ?? (of.paired ? t("isPaired") : undefined),
          form: (onClose) => (
            <CommandForm only operation="DeleteTill" plan={() => planDelete(of)} onClose={onClose} sure={of.till_id}>
              {() => <p>{t("will.delete")}</p>}
            </CommandForm>
          ),
        },
      ]}
    />
  );
}
