package catalog

// CaseComment is the comment of somebody on a case.
type CaseComment struct {
	Text string `json:"text"`
	By   string `json:"by,omitempty"`
	At   Moment `json:"at"`
}
