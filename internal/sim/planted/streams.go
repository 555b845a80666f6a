package planted

// Streams are the bugs that only streams of events over several slots can have.
var Streams = []Bug{
	{"new slot told before the old one", []Patch{{ // events of a bucket from its old slot come too late
		"internal/feed/bucket_arrival.go",
		"\tfor i, g := range gates {\n",
		`	if w.tail.HasPlanted("new slot told before the old one") {
		return nil
	}
	for i, g := range gates {
`,
	}}},
	{"place without the last slot", []Patch{{ // the position from which a watcher resumes leaves out one slot
		"internal/feed/watch.go",
		"\tat := make(Cursors, len(strands))\n",
		`	if w.tail.HasPlanted("place without the last slot") && len(strands) > 2 {
		strands = strands[:len(strands)-1]
	}
	at := make(Cursors, len(strands))
`,
	}}},
}
