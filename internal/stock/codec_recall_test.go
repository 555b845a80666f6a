package stock

// recallCommands are those that know of recalls of the catalog.
func recallCommands() []Command {
	rules := []RecallRule{{Lot: sampleGrade, Since: 7, Except: []Lot{"\x05batch\x02B7"}}}
	return []Command{
		OpenItem{Item: sampleCup, Bucket: 3, Qty: 5, Recalls: rules},
		Restock{Item: sampleCup, Bucket: 3, Qty: 5, Open: &Opening{Unit: "kg", Scale: 3, Recalls: rules}},
		Recall{Item: sampleCup, Bucket: 3, Exact: true, Since: 7, Except: []Lot{sampleGrade}},
		Recall{Item: sampleCup, Bucket: 3, Lift: true, Exact: true, Was: 7},
		Recall{Item: sampleCup, Bucket: 3, Lift: true, Exact: true, Unruled: true},
	}
}
