import { useEffect, useState } from "react";

interface List {
  waiting: number;
  seen: { first: number };
  renew: () => void;
}

/**
 * Shows what is new at the top of a list as it comes. It pauses while the reader has scrolled down or is on a
 * row, until the reader resumes it. So nothing moves while it is read.
 */
export function useFollow(on: boolean, list: string, { waiting, seen, renew }: List) {
  // The list in which the reader is on a row; another list begins without one.
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
