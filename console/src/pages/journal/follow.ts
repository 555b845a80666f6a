import { useEffect, useState } from "react";

interface List {
  waiting: number;
  seen: { first: number };
  renew: () => void;
}

/**
 * Shows what is new at the top of a list as it comes. It pauses while the reader has scrolled down or
 * stands on a row, so that nothing moves that is read, until he resumes it.
 */
export function useFollow(on: boolean, list: string, { waiting, seen, renew }: List) {
  // The list on a row of which the reader stands; another one begins on none.
  const [standing, setStanding] = useState<string>();
  const [resumed, setResumed] = useState(0);
  const paused = standing === list || seen.first > 0;
  const due = on && !paused && waiting > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: renew is another function each time
  useEffect(() => {
    if (due) renew();
  }, [due]);
  return {
    paused,
    /** The number of times that it was resumed: the table begins anew then, at its top and on no row. */
    resumed,
    stand: () => setStanding(list),
    resume: () => {
      renew();
      setStanding(undefined);
      setResumed((times) => times + 1);
    },
  };
}
