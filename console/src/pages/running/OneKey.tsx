import { useTranslation } from "react-i18next";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { Id } from "../../parts/Id.tsx";
import { KeyOnce } from "../../parts/KeyOnce.tsx";
import { type Key, planRevoke, planRotate } from "./keys.ts";

/** One key. It can be rotated, which gives it a second key for a while, or revoked. */
export function OneKey({ of, known }: { of: Key; known: Key[] }) {
  const { t } = useTranslation("running");
  const off = of.revoked_at ? t("isRevoked") : undefined;
  return (
    <section>
      <h2>
        <Id>{of.name}</Id> <Id>{of.id}</Id>
      </h2>
      <CommandButtons
        offers={[
          {
            operation: "RotateKey",
            off,
            form: (onClose) => (
              <CommandForm
                operation="RotateKey"
                plan={() => planRotate(of, known)}
                onClose={onClose}
                result={(answer) => <KeyOnce secret={(answer as Key).key} />}
              >
                {() => <p>{t("will.rotate")}</p>}
              </CommandForm>
            ),
          },
          {
            operation: "RevokeKey",
            off,
            form: (onClose) => (
              <CommandForm operation="RevokeKey" plan={() => planRevoke(of)} onClose={onClose} sure={of.name}>
                {() => <p>{t("will.revoke")}</p>}
              </CommandForm>
            ),
          },
        ]}
      />
    </section>
  );
}
