package main

import "fmt"

// row is a heading with charts below it.
type row struct {
	title  string
	charts []chart
}

// chart is a graph, or one figure.
type chart struct {
	title, says string
	unit        string
	stat        bool
	levels      []float64 // of a figure: from here on orange, red
	low         bool      // below the first level it is red
	signed      bool      // values below 0 make sense
	queries     []query
}

type query struct{ expr, legend string }

// at chooses the series of the job and the instances picked at the top.
const at = `job=~"$job", instance=~"$instance"`

// sel chooses series of a metric that match more than that.
func sel(metric, match string) string {
	if match != "" {
		match = ", " + match
	}
	return metric + "{" + at + match + "}"
}

// perSecond is how fast a counter grows, summed by labels.
func perSecond(metric, match, by string) string {
	return fmt.Sprintf("sum by (%s) (rate(%s[$__rate_interval]))", by, sel(metric, match))
}

// quantile is a quantile of a histogram, summed by labels.
func quantile(q float64, metric, match, by string) string {
	if by != "" {
		by = ", " + by
	}
	return fmt.Sprintf("histogram_quantile(%g, sum by (le%s) (rate(%s[$__rate_interval])))", q, by, sel(metric+"_bucket", match))
}

// quantiles are the usual three of one histogram.
func quantiles(metric, match string) []query {
	return []query{
		{quantile(.5, metric, match, ""), "p50"}, {quantile(.95, metric, match, ""), "p95"}, {quantile(.99, metric, match, ""), "p99"},
	}
}

// perSlot sums what each slot has. All nodes tell the same of a slot, so it
// counts once; with one slot there is no label and one sum.
func perSlot(metric string) string { return "sum(max by (slot) (" + sel(metric, "") + "))" }

// failed are the codes that say the server failed, not the caller.
const failed = `code=~"UNAVAILABLE|INTERNAL|REQUEST_TIMEOUT"`

// answers are the calls that are timed by their answer, and not by how long
// somebody keeps a stream open or a file takes to come through.
const answers = `method!~"ExecuteStream|Watch.*|.*Import.*|.*Export.*"`

var rows = []row{
	{"At a glance", []chart{
		{
			title: "Ready", says: "Nodes that can read and write their books.", stat: true, levels: []float64{1}, low: true,
			queries: []query{{"min(" + sel("holdfast_ready", "") + ")", ""}},
		},
		{title: "Calls", unit: "reqps", stat: true, queries: []query{{perSecond("holdfast_requests_total", "", ""), ""}}},
		{
			title: "Failed calls", says: "Share of the calls that the server failed at.", unit: "percentunit", stat: true, levels: []float64{.001, .01},
			queries: []query{{perSecond("holdfast_requests_total", failed, "") + " / " + perSecond("holdfast_requests_total", "", ""), ""}},
		},
		{
			title: "Slowest 1 % of the calls", unit: "s", stat: true, levels: []float64{.1, .2},
			queries: []query{{quantile(.99, "holdfast_request_seconds", answers, ""), ""}},
		},
		{title: "Waiting commands", stat: true, levels: []float64{4096, 16384}, queries: []query{{"sum(" + sel("holdfast_queue_commands", "") + ")", ""}}},
		{
			title: "Frozen items, lost writes", says: "Items whose books contradict themselves, and slots that were found to lack acknowledged records.", stat: true, levels: []float64{1, 1},
			queries: []query{{"sum(" + sel("holdfast_items_frozen_total", "") + ")", "frozen"}, {"sum(max by (slot) (" + sel("holdfast_lost_writes_total", "") + "))", "lost"}},
		},
	}},
	{"Calls: rate, errors, duration", []chart{
		{title: "Rate by endpoint", unit: "reqps", queries: []query{{perSecond("holdfast_requests_total", "", "transport, method") + " > 0", "{{transport}} {{method}}"}}},
		{title: "Refusals and errors by code", unit: "reqps", queries: []query{{perSecond("holdfast_requests_total", `code!="OK"`, "code") + " > 0", "{{code}}"}}},
		{title: "Duration, all endpoints", unit: "s", queries: quantiles("holdfast_request_seconds", answers)},
		{title: "p99 by endpoint", unit: "s", queries: []query{{quantile(.99, "holdfast_request_seconds", answers, "transport, method"), "{{transport}} {{method}}"}}},
		{title: "Under way", queries: []query{{sel("holdfast_requests_in_flight", ""), "{{instance}}"}}},
		{title: "Watchers of the stream", says: "Who listens to changes, and what they were sent.", queries: []query{
			{"sum(" + sel("holdfast_watchers", "") + ")", "watchers"}, {perSecond("holdfast_watch_events_total", "", ""), "events/s"},
		}},
	}},
	{"Commands: what became of them", []chart{
		{title: "Done", unit: "ops", queries: []query{{perSecond("holdfast_commands_total", `outcome="done"`, "command") + " > 0", "{{command}}"}}},
		{title: "Refused, by reason", unit: "ops", queries: []query{{perSecond("holdfast_commands_total", `outcome!~"done|replayed"`, "outcome") + " > 0", "{{outcome}}"}}},
		{title: "Repeats and conflicts", says: "Repeats with the same key, version conflicts, and keys used for another request.", unit: "ops", queries: []query{
			{perSecond("holdfast_commands_total", `outcome="replayed"`, ""), "replayed"},
			{perSecond("holdfast_commands_total", `outcome="VERSION_CONFLICT"`, ""), "version conflicts"},
			{perSecond("holdfast_commands_total", `outcome="IDEMPOTENCY_CONFLICT"`, ""), "key conflicts"},
		}},
	}},
	{"Commits", []chart{
		{title: "Commit latency", says: "Packing a group and making it durable. It is the disk's fsync for a single caller.", unit: "s", queries: quantiles("holdfast_commit_seconds", "")},
		{title: "Commands per commit", says: "Groups grow with the load: that is how throughput does.", queries: append(quantiles("holdfast_group_commands", ""),
			query{perSecond("holdfast_group_commands_sum", "", "") + " / " + perSecond("holdfast_group_commands_count", "", ""), "mean"})},
		{title: "Commits and commands", unit: "ops", queries: []query{
			{perSecond("holdfast_records_total", "", ""), "commits"}, {perSecond("holdfast_entries_total", "", ""), "commands stored"},
		}},
		{title: "Decided again", says: "Groups that lost the head to another process, or met keys or orders that memory did not know.", unit: "ops", queries: []query{
			{perSecond("holdfast_head_losses_total", "", ""), "head lost"}, {perSecond("holdfast_group_repeats_total", "", ""), "met known keys"},
		}},
		{title: "Passed on", says: "Commands that went to the home of their slot, came from other nodes, and groups the home did not answer in time.", unit: "ops", queries: []query{
			{perSecond("holdfast_forwarded_commands_total", "", ""), "answered by the home"},
			{perSecond("holdfast_accepted_commands_total", "", ""), "came from others"},
			{perSecond("holdfast_forward_timeouts_total", "", ""), "not answered in time"},
		}},
		{title: "Untold orders", says: "Orders of which a decision may not have reached the other slots of their lines.", queries: []query{{sel("holdfast_untold_orders", ""), "{{instance}}"}}},
		{title: "Undecided legs", says: "Units that are held for a reserve over several slots of which no decision is known yet.", queries: []query{{sel("holdfast_undecided_legs", ""), "{{instance}}"}}},
		{title: "Oldest undecided leg", says: "For how long the oldest of them waits.", unit: "s", queries: []query{{sel("holdfast_undecided_leg_seconds", ""), "{{instance}}"}}},
		{title: "Queue", says: "Commands that wait for the committers; at 32,768 of a slot callers are turned away.", queries: []query{{sel("holdfast_queue_commands", ""), "{{instance}}"}}},
		{title: "Log", queries: []query{{sel("holdfast_log_seq", ""), "newest record, {{instance}}"}}},
	}},
	{"Sinks", []chart{
		{title: "Delivered", unit: "ops", queries: []query{{perSecond("holdfast_sink_delivered_total", "", "tenant, sink"), "{{tenant}} {{sink}}"}}},
		{title: "Commit to delivery", says: "From the commit of an event until the target of the sink had taken it.", unit: "s", queries: quantiles("holdfast_sink_latency_seconds", "")},
		{title: "Sent again, parked", says: "Events that a target did not take at once, and those that wait for somebody to decide.", unit: "ops", queries: []query{
			{perSecond("holdfast_sink_retries_total", "", "sink"), "again, {{sink}}"},
			{perSecond("holdfast_sink_parked_total", "", "sink"), "parked, {{sink}}"},
			{perSecond("holdfast_sink_fenced_total", "", "sink"), "fenced, {{sink}}"},
		}},
		{title: "Failing or blocked", says: "1 while the target of the sink takes nothing; and how many items wait for a refused event.", queries: []query{
			{sel("holdfast_sink_failing", ""), "{{tenant}} {{sink}}"},
			{sel("holdfast_sink_blocked", ""), "blocked, {{tenant}} {{sink}}"},
		}},
		{title: "Behind", says: "How long ago the oldest event was booked that the sink has not delivered.", unit: "s", queries: []query{
			{"(time() - " + sel("holdfast_sink_oldest_unsent_timestamp_seconds", "") + ") * (" + sel("holdfast_sink_oldest_unsent_timestamp_seconds", "") + " > bool 0)", "{{tenant}} {{sink}}"},
		}},
	}},
	{"Sources", []chart{
		{title: "Messages", says: "Carried out, answered with a refusal, and parked because they are no commands.", unit: "ops", queries: []query{
			{perSecond("holdfast_source_messages_total", "", "tenant, source, result"), "{{result}}, {{tenant}} {{source}}"},
		}},
		{title: "Tried again", unit: "ops", queries: []query{
			{perSecond("holdfast_source_retries_total", "", "tenant, source"), "{{tenant}} {{source}}"},
			{perSecond("holdfast_source_fenced_total", "", "tenant, source"), "fenced, {{tenant}} {{source}}"},
			{perSecond("holdfast_source_unknown_fields_total", "", "tenant, source"), "unknown fields, {{tenant}} {{source}}"},
		}},
		{title: "Queued", says: "Messages that the broker has left.", queries: []query{{sel("holdfast_source_lag_messages", ""), "{{tenant}} {{source}}"}}},
		{title: "Failing", says: "1 while nothing of the source can be consumed.", queries: []query{{sel("holdfast_source_failing", ""), "{{tenant}} {{source}}"}}},
	}},
	{"Reservations and stock", []chart{
		{title: "Promised and given back", unit: "ops", queries: []query{{perSecond("holdfast_lines_total", "", "operation"), "{{operation}}"}}},
		{title: "Open order lines", queries: []query{{sel("holdfast_open_lines", ""), "{{instance}}"}}},
		{title: "Expired per placed", says: "Share of what was promised that nobody paid for in time.", unit: "percentunit", queries: []query{
			{perSecond("holdfast_lines_total", `operation="expire"`, "") + " / " + perSecond("holdfast_lines_total", `operation="reserve"`, ""), "expired / placed"},
		}},
		{title: "Expiry lag", says: "How long the oldest due hold waits for the sweep. It counts as free meanwhile.", unit: "s", queries: []query{
			{sel("holdfast_expiry_lag_seconds", ""), "{{instance}}"},
		}},
		{title: "Swept lines", unit: "ops", queries: []query{{perSecond("holdfast_swept_lines_total", "", "instance"), "{{instance}}"}}},
		{title: "Low and sold out", says: "Items; counted now and then.", queries: []query{
			{perSlot("holdfast_items_low"), "low"},
			{perSlot("holdfast_items_sold_out"), "sold out"},
			{perSlot("holdfast_items_on_low_stock_list"), "on the low-stock list"},
			{"max(" + sel("holdfast_items_count_age_seconds", "") + ")", "age of the count in seconds"},
		}},
	}},
	{"Views, store and clock", []chart{
		{title: "View lag", says: "Records that a view has not taken in. Lists wait for them up to 2 s.", queries: []query{{"max by (view, slot) (" + sel("holdfast_view_lag_records", "") + ")", "{{view}} {{slot}}"}}},
		{title: "View lag in time", says: "How long ago the oldest record that a view has not taken in was booked.", unit: "s", queries: []query{{"max by (view, slot) (" + sel("holdfast_view_lag_seconds", "") + ")", "{{view}} {{slot}}"}}},
		{title: "Search index", says: "How old the oldest change is that searches do not show yet, and how many entries of products are written.", queries: []query{
			{"time() - min(" + sel("holdfast_search_indexed_timestamp_seconds", "") + " > 0)", "seconds behind"},
			{perSecond("holdfast_search_entries_total", "", ""), "entries/s"},
		}},
		{title: "Lists of items", says: "How many items are in memory for lists, how often they were read into it, and how old the oldest change is that lists do not show yet.", queries: []query{
			{"sum(" + sel("holdfast_itemlist_items", "") + ")", "items"},
			{perSecond("holdfast_itemlist_builds_total", "", ""), "builds/s"},
			{"time() - min(" + sel("holdfast_itemlist_shown_timestamp_seconds", "") + " > 0)", "seconds behind"},
		}},
		{title: "Tills", says: "Tills of stores by how they are: away and behind ones lack something.", queries: []query{{"max by (state) (" + sel("holdfast_tills", "") + ")", "{{state}}"}}},
		{title: "Records for views and watchers", says: "From the committer of the process, or read from the store and decoded.", queries: []query{{perSecond("holdfast_feed_records_total", "", "from"), "{{from}}"}}},
		{title: "Store calls, p99", unit: "s", queries: []query{{quantile(.99, "holdfast_engine_call_seconds", "", "method"), "{{method}}"}}},
		{title: "Store calls that failed", unit: "ops", queries: []query{{perSecond("holdfast_engine_call_seconds_count", `outcome!="ok"`, "slot, method, outcome") + " > 0", "{{slot}} {{method}} {{outcome}}"}}},
		{title: "Store calls, p99 by slot", says: "Of several slots: which database is slow.", unit: "s", queries: []query{{quantile(.99, "holdfast_engine_call_seconds", `method=~"append|locked_append"`, "slot"), "slot {{slot}}"}}},
		{title: "Replicas", says: "How many there are, how many are left out, and who answers reads that may be a little old.", queries: []query{
			{"max(" + sel("holdfast_replicas", "") + ")", "replicas"},
			{"max(" + sel("holdfast_replicas_left_out", "") + ")", "left out"},
			{perSecond("holdfast_eventual_reads_total", "", "from"), "reads/s, {{from}}"},
		}},
		{title: "Eventual reads from memory", says: "The hit rate of the cache: below nine tenths nodes remember less than what is in demand.", unit: "percentunit", queries: []query{{
			"sum(rate(" + sel("holdfast_eventual_reads_total", `from="memory"`) + "[$__rate_interval])) / sum(rate(" + sel("holdfast_eventual_reads_total", "") + "[$__rate_interval]))", "from memory",
		}}},
		{title: "Rows per commit, p95", queries: []query{{quantile(.95, "holdfast_engine_group_rows", "", "kind"), "{{kind}}"}}},
		{title: "Record size, p95", unit: "bytes", queries: []query{{quantile(.95, "holdfast_engine_record_bytes", "", ""), "bytes"}}},
		{title: "Clock against slot time", signed: true, unit: "s", queries: []query{{sel("holdfast_clock_apart_seconds", ""), "{{instance}}"}}},
	}},
	{"Process", []chart{
		{title: "CPU", says: "Cores in use.", queries: []query{{perSecond("process_cpu_seconds_total", "", "instance"), "{{instance}}"}}},
		{title: "Memory", unit: "bytes", queries: []query{
			{sel("process_resident_memory_bytes", ""), "resident {{instance}}"}, {sel("go_memstats_heap_inuse_bytes", ""), "heap {{instance}}"},
		}},
		{title: "Goroutines and files", queries: []query{{sel("go_goroutines", ""), "goroutines {{instance}}"}, {sel("process_open_fds", ""), "files {{instance}}"}}},
		{title: "Time in garbage collection", unit: "percentunit", queries: []query{{perSecond("go_gc_duration_seconds_sum", "", "instance"), "{{instance}}"}}},
		{title: "Certificate ends in", unit: "s", queries: []query{{"min(" + sel("holdfast_certificate_expiry_timestamp_seconds", "") + ") - time()", "left"}}},
		{title: "Certificates that could not be read", queries: []query{{perSecond("holdfast_certificate_read_failures_total", "", "instance"), "{{instance}}"}}},
		{title: "Versions", queries: []query{{"count by (version, go, platform) (" + sel("holdfast_build_info", "") + ")", "{{version}} {{go}} {{platform}}"}}},
	}},
}
