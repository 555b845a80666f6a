import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { type Figures, figures, keyOf, type Watched } from "./figures.ts";
import { type Freshness, freshness, onFreshness, watch } from "./link.ts";

/** Frames bring these items while the component is shown. */
export function useWatched(items: readonly Watched[]): void {
  const who = useRef<symbol>(undefined);
  const name = items.map(keyOf).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the name is what the items are
  useEffect(() => {
    who.current ??= Symbol("look");
    return watch(who.current, items);
  }, [name]);
}

/** The newest known figures of an item. The component is drawn again when they change, and for no other item. */
export function useFigures(item: Watched): Figures | undefined {
  const key = keyOf(item);
  return useSyncExternalStore(
    useCallback((told) => figures.subscribe(key, told), [key]),
    () => figures.get(key),
  );
}

type Inventory = Figures["inventory"];

/** The newest known figures of several items. The component is drawn again when one of them changes. */
export function useNewest(all: readonly Inventory[]): Inventory[] {
  const changes = useRef(0);
  const name = all.map(keyOf).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the name is what the items are
  const subscribe = useCallback(
    (told: () => void) => {
      const changed = () => {
        changes.current++;
        told();
      };
      const stops = all.map((one) => figures.subscribe(keyOf(one), changed));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [name],
  );
  useSyncExternalStore(subscribe, () => changes.current);
  return all.map((one) => figures.get(keyOf(one))?.inventory ?? one);
}

/** Whether frames come, so that nothing has to be requested again and again. */
export function useLiveUp(): boolean {
  return useSyncExternalStore(onFreshness, () => freshness().link.is === "live");
}

/** The time of figures that were asked for and are kept up by frames since. */
export function useAsOf(asOf: string | undefined): string | undefined {
  const { link, at } = useFreshness();
  if (link.is !== "live" || !at || (asOf && Date.parse(asOf) > Date.parse(at))) return asOf;
  return at;
}

export function useFreshness(): Freshness {
  return useSyncExternalStore(onFreshness, freshness);
}
