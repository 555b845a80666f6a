package planted

// Shortages are the bugs that cases can have. In a case, people decide what to do when more is held
// than there is.
var Shortages = []Bug{
	{"case of a dead node left unopened", []Patch{{ // a node that booked a look and died has opened none, and nobody else does
		"internal/cases/open.go",
		"\tif has, err := r.Has(opens...); !has || err != nil {\n",
		`	if p, may := d.kept.(interface{ HasPlanted(bug string) bool }); may && p.HasPlanted("case of a dead node left unopened") {
		return nil
	}
	if has, err := r.Has(opens...); !has || err != nil {
`,
	}}},
	{"refused move noted as decided", []Patch{{ // the case says that its orders were moved
		"internal/cases/decide.go",
		"\t\tif refused != nil || accepted {\n",
		`		if p, may := d.kept.(interface{ HasPlanted(bug string) bool }); may && noted.Decision == Move && p.HasPlanted("refused move noted as decided") {
			d.decided(c, noted)
			return true, nil
		}
		if refused != nil || accepted {
`,
	}}},
	{"first order of a decision only", []Patch{{ // the others hold on
		"internal/cases/decide.go",
		"\tfor _, order := range by.Orders {\n",
		`	orders := by.Orders
	if p, may := d.kept.(interface{ HasPlanted(bug string) bool }); may && len(orders) > 1 && p.HasPlanted("first order of a decision only") {
		orders = orders[:1]
	}
	for _, order := range orders {
`,
	}}},
	{"refused decision has acted", []Patch{{ // nobody looks at the other orders before the first is asked for
		"internal/cases/decide.go",
		"\tif len(asks) > 1 && !by.Looked {\n",
		`	p, may := d.kept.(interface{ HasPlanted(bug string) bool })
	blind := may && p.HasPlanted("refused decision has acted")
	if len(asks) > 1 && !by.Looked && !blind {
`,
	}, {
		"internal/cases/decide.go",
		"\tif len(by.Left) < len(by.Orders) {\n",
		"\tif len(by.Left) < len(by.Orders) && !blind {\n",
	}}},
}
