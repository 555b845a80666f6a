package cases

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Comment adds a comment to a case in any state, and returns the comment as it is stored.
// It changes no earlier comment. A case that has as many comments as it may have is
// refused.
func (d *Desk) Comment(ctx context.Context, tenant, id, operator, text string) (said catalog.CaseComment, err error) {
	_, err = d.write(ctx, tenant, id, func(c *catalog.Case) (bool, error) {
		if len(c.Comments) >= catalog.MaxCaseComments {
			return false, &stock.Refusal{
				Code: stock.InvalidState, State: c.State,
				Detail: fmt.Sprintf("case %q has %d comments, and cannot have more", c.ID, len(c.Comments)),
			}
		}
		said = catalog.CaseComment{Text: text, By: operator, At: catalog.Moment{Time: d.now()}}
		c.Comments = append(slices.Clip(c.Comments), said)
		return true, nil
	})
	return said, err
}
