import { useTranslation } from "react-i18next";
import { Channels } from "./Channels.tsx";
import { Curve } from "./Curve.tsx";
import { Head } from "./Head.tsx";
import { ItemList } from "./ItemList.tsx";
import { worst } from "./night.ts";
import { Pairing } from "./Pairing.tsx";
import { Places } from "./Places.tsx";
import { useShown } from "./run.ts";
import { Strip } from "./Strip.tsx";
import { Tiles } from "./Tiles.tsx";

const shiftEvery = 10 * 60_000;
const shifts = 4;

/** Today against yesterday, what is sold out, which places are red, and whether this is fresh. */
export function Wall() {
  const { t } = useTranslation("wall");
  const { night, now } = useShown();
  if (night.out) return <Pairing night={night} />;
  const { age } = worst(night, now);
  return (
    <main
      className={`wall is-${age} shift-${Math.floor(now / shiftEvery) % shifts}`}
      data-age={age}
      aria-label={t("title")}
    >
      <Head night={night} now={now} />
      <Tiles night={night} now={now} />
      <Curve night={night} now={now} />
      <Places night={night} now={now} />
      <ItemList night={night} now={now} of="low" />
      <ItemList night={night} now={now} of="soldOut" />
      <Channels night={night} now={now} />
      <Strip night={night} now={now} />
    </main>
  );
}
