package docs

import (
	"fmt"
	"slices"
	"strings"
)

// task is what a caller wants to do, with the calls that do it.
type task struct {
	Title string
	of    []string // tags of the OpenAPI document, and names of calls, which win over their tag
	Calls []operationEntry
}

// tasks are the parts of the reference, in its order.
var tasks = []task{
	{Title: "Keep stock", of: []string{"Inventory", "Account"}},
	{Title: "Promise and sell", of: []string{
		"Promise", "CheckAvailability", "BatchCheck", "ConfirmAvailability", "Reserve", "Commit", "Extend", "ExpireOrder", "Release", "Deduct", "CleanupExpired",
		"ListReservations", "SetSaleStatus", "SellElsewhere",
	}},
	{Title: "Orders", of: []string{"Order", "GetOrder", "Return"}},
	{Title: "Cases", of: []string{"Case"}},
	{Title: "Kits", of: []string{"Kit"}},
	{Title: "Lots", of: []string{"Lot"}},
	{Title: "Locations", of: []string{"Location"}},
	{Title: "Transfers", of: []string{"Transfer", "Replenishment"}},
	{Title: "Quotas and campaigns", of: []string{"Quota", "Campaign"}},
	{Title: "Tills", of: []string{"Till"}},
	{Title: "Redis", of: []string{"Redis"}},
	{Title: "Events and sinks", of: []string{"WatchStock", "WatchItems", "Catalog", "Sink", "Source", "Relay"}},
	{Title: "Find products", of: []string{"Detail", "Search"}},
	{Title: "Figures and lists", of: []string{"Figure", "Item", "ListAllLogs", "SumReasons"}},
	{Title: "Alerts", of: []string{"Alert"}},
	{Title: "Files", of: []string{"Files"}},
	{Title: "Access and settings", of: []string{"Tenant"}},
	{Title: "Watch the servers", of: []string{"Fleet", "Record"}},
}

// ID is the anchor of a task.
func (t *task) ID() string { return strings.ReplaceAll(strings.ToLower(t.Title), " ", "-") }

// byTask sorts the calls by task. Each call has one, and each word of the tasks has a call.
func byTask(calls []operationEntry) ([]task, error) {
	sorted := slices.Clone(tasks)
	at := map[string]int{}
	for i, t := range sorted {
		for _, word := range t.of {
			at[word] = i
		}
	}
	used := map[string]bool{}
	for _, c := range calls {
		word := strings.TrimSuffix(c.ID, "V1")
		i, known := at[word]
		if !known {
			word = c.Tag
			i, known = at[word]
		}
		if !known {
			return nil, fmt.Errorf("%s has no task: give one to its tag %q", c.ID, c.Tag)
		}
		used[word] = true
		sorted[i].Calls = append(sorted[i].Calls, c)
	}
	for word := range at {
		if !used[word] {
			return nil, fmt.Errorf("a task names %s, which no call has", word)
		}
	}
	return sorted, nil
}
