package planning

import (
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// ErrInvalid says that nothing was planned because the input contradicts itself or is out
// of bounds; the wrapping error says what is wrong and where.
var ErrInvalid = errors.New("invalid input for a plan")

// invalid is an ErrInvalid with what is wrong.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

// outOfRange reports whether a quantity cannot be a number of units.
func outOfRange(q stock.Qty) bool { return q < 0 || q > stock.MaxQty }
