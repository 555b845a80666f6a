import { useQuery } from "@tanstack/react-query";
import { useWho } from "../../api/queries.ts";
import { tillCounts } from "../../api/tillQueries.ts";

/** How many tills are in each state, for people who may see tills. */
export function useTillCounts() {
  const { data: who } = useWho();
  return useQuery({ ...tillCounts, enabled: who?.actions.includes("CountTills") ?? false });
}
