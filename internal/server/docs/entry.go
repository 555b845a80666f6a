package docs

// operationEntry is an operation in the form for the page.
type operationEntry struct {
	ID, Verb, Path, Text, Scope string
	Tag                         string
	Parameters                  []row
	Headers                     []string // that others take too
	Body, Answer                *row     // a schema by its name
	Members                     []row    // of the body
	Example                     example
	Statuses                    map[string]bool // that the contract names
}

// row is a line of a table: a member or a parameter.
type row struct {
	Name, In, Kind, Schema, Bounds, Text string
	Must                                 bool
}

// object is a schema in the form for the page.
type object struct {
	Name, Text string
	Members    []row
}
