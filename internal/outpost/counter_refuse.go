package outpost

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// refuseOfCentre refuses what only the centre decides (stock.TillRefuses).
func refuseOfCentre(cmd stock.Command) *stock.Refusal {
	what := cmd.Op().OnlyAtCentre()
	if what == "" {
		return nil
	}
	return &stock.Refusal{
		Code:   stock.InvalidState,
		Detail: fmt.Sprintf("a till sells what its centre gave it, and only the centre %s: send this call to the centre", what),
	}
}
