import { useEffect, useState } from "react";

/** The value once it has been the same for a while: typing does not start a search for each letter. */
export function useDelayed<T>(value: T, milliseconds: number): T {
  const [held, hold] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => hold(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return held;
}
