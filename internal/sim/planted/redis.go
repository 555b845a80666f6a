package planted

// inScripts lets scripts of Redis ask for the bug, which its tests write there.
var inScripts = Patch{
	"internal/outpost/hot/lua/head.lua",
	"-- text writes a number",
	`local planted = { Is = function(bug) return redis.call('GET', 'planted') == bug end }

-- text writes a number`,
}

// inTasks puts bugs into statements about tasks.
var inTasks = Patch{
	"internal/outpost/hot/task/postgres.go",
	`return strings.ReplaceAll(text, "SLOT", p.schema) }`,
	`return strings.ReplaceAll(planted(text), "SLOT", p.schema) }

func planted(text string) string {
	if hot.Planted.Is("no epoch at the insert") {
		text = strings.ReplaceAll(text, " AND live.epoch = t.epoch", "")
	}
	// Where units are counted, the other three sell nothing twice.
	if hot.Planted.Is("units not counted at the insert") || hot.Planted.Is("run not checked") || hot.Planted.Is("no epoch at the insert") ||
		hot.Planted.Is("given back before the task") {
		text = strings.ReplaceAll(text, " AND (i.free >= u.units OR i.counted <> i.epoch)", "")
	}
	if hot.Planted.Is("sent counted as written") {
		text = strings.ReplaceAll(text, "SELECT done FROM was", "SELECT greatest(done, sent) FROM was")
	}
	if hot.Planted.Is("tasks in any order") {
		text = strings.ReplaceAll(text, "ORDER BY id LIMIT $2", "ORDER BY id DESC LIMIT $2")
		text = strings.ReplaceAll(text, "FROM found ORDER BY id", "FROM found ORDER BY id DESC")
	}
	return text
}`,
}

// Redis are the bugs that selling through Redis can have. All roads of a process have the one
// that is chosen. Its tests look for them: package hot.
var Redis = []Bug{
	{"acknowledged before the task", []Patch{
		{"internal/outpost/hot/planted_choice_test.go", "package hot_test\n", "package hot_test\n\nimport \"holdfast.dev/holdfast/internal/outpost/hot\"\n"},
		{ // its tests choose the bug
			"internal/outpost/hot/planted_choice_test.go",
			"func plant(string) bool { return false }",
			`func plant(bug string) bool {
	hot.Planted.Set(bug)
	return true
}`,
		},
		{
			"internal/outpost/hot/road.go",
			"\tif err != nil {\n\t\treturn r.resolveDoubt(",
			`	if Planted.Is("acknowledged before the task") {
		r.known.nudge(l.Key)
		return nil
	}
	if err != nil {
		return r.resolveDoubt(`,
		},
	}},
	{"blind rollback", []Patch{{ // a taking whose insert failed may be durable
		"internal/outpost/hot/road.go",
		"\tvoided, err := r.store.Void(context.WithoutCancel(ctx), l.ID, l.Epoch, t.N)\n\tswitch {\n",
		`	if Planted.Is("blind rollback") {
		r.rollback(ctx, l, t)
		return ErrBusy
	}
	voided, err := r.store.Void(context.WithoutCancel(ctx), l.ID, l.Epoch, t.N)
	switch {
`,
	}}},
	{"run not checked", []Patch{inScripts, { // the balance of a replica that was behind is sold from
		"internal/outpost/hot/lua/head.lua",
		"if values[7] ~= server() then",
		`if values[7] ~= server() and not planted.Is("run not checked") then`,
	}, inTasks}},
	{"no epoch at the insert", []Patch{inTasks}},          // a taking from a balance that was lost becomes durable
	{"units not counted at the insert", []Patch{inTasks}}, // a number in Redis that is too large is sold
	{"missing key is the escrow", []Patch{{ // tasks on their way are not waited for, and count as free
		"internal/outpost/hot/turn.go",
		"\tfor {\n\t\tif n, err := r.writeBack(",
		`	if l.State == Opening && Planted.Is("missing key is the escrow") {
		return nil
	}
	for {
		if n, err := r.writeBack(`,
	}}},
	{"given back before the task", []Patch{{
		"internal/outpost/hot/step.go",
		"\tt, err := r.store.Join(",
		`	if Planted.Is("given back before the task") {
		r.giveBackEarly(ctx, l, e)
	}
	t, err := r.store.Join(`,
	}, inTasks}},
	{"sent counted as written", []Patch{inTasks}}, // what was numbered and not submitted is never written
	{"closed before its tasks", []Patch{{ // turning off hands back what tasks have taken
		"internal/outpost/hot/turn.go",
		"if err := r.drain(ctx, l); err != nil {\n\t\treturn err\n\t}\n\tholder :=",
		`if Planted.Is("closed before its tasks") {
		// they come later
	} else if err := r.drain(ctx, l); err != nil {
		return err
	}
	holder :=`,
	}}},
	{"tasks in any order", []Patch{inTasks}},
	{"release on both roads", []Patch{{ // the ledger releases, and Redis gives back too
		"internal/outpost/hot/step.go",
		"\tcase errors.Is(err, ErrSent):\n",
		`	case errors.Is(err, ErrSent):
		if Planted.Is("release on both roads") {
			r.giveBackToo(ctx, l, e)
		}
`,
	}}},
	{"no fence", []Patch{{ // an order that the ledger decides may be taken from Redis too
		"internal/outpost/hot/aside.go",
		"if err := r.store.Fence(ctx, l.ID, order); err != nil {",
		`if Planted.Is("no fence") {
		// the order is left to chance
	} else if err := r.store.Fence(ctx, l.ID, order); err != nil {`,
	}}},
	{"units given are added again", []Patch{inScripts, {
		"internal/outpost/hot/lua/add.lua",
		"redis.call('MSET', USABLE, text(usable), APPLIED, text(given))",
		`redis.call('MSET', USABLE, text(usable), APPLIED, text(planted.Is("units given are added again") and has[4] or given))`,
	}}},
	{"a step counts twice", []Patch{inScripts, {
		"internal/outpost/hot/lua/step.lua",
		"if step <= r.step then",
		`if step <= r.step and not planted.Is("a step counts twice") then`,
	}}},
	{"orders that wait are passed", []Patch{inScripts, { // units that came back go to whoever asks first
		"internal/outpost/hot/lua/reserve.lua",
		"if ARGV[4 * k + 3] ~= '1' then",
		`if ARGV[4 * k + 3] ~= '1' and not planted.Is("orders that wait are passed") then`,
	}}},
}
