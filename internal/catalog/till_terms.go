package catalog

// TillTerms is the policy of a till, as the till learns it.
type TillTerms struct {
	Percent int64 `json:"percent"`
	Floor   int64 `json:"floor,omitempty"`
	Ceiling int64 `json:"ceiling,omitempty"`
	Level   int64 `json:"level"`
	Rank    int64 `json:"rank,omitempty"`
	AtRisk  bool  `json:"at_risk,omitempty"`
	// Channel is that of what it sells without naming one.
	Channel string `json:"channel,omitempty"`
}

// Terms is the policy of a till that was resolved.
func (t *Till) Terms() TillTerms {
	return TillTerms{t.Percent, t.Floor, t.Ceiling, t.TopUp(), t.Rank, t.AtRisk, t.Channel}
}
