// Package imports takes files in, and gives them out.
package imports

import (
	"errors"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/sheet"
)

// Chapter imports and exports files.
type Chapter struct {
	core *kit.Core
	desk *sheet.Desk

	take, list, show, result, give *kit.Method
}

// New returns the chapter.
func New(core *kit.Core, desk *sheet.Desk) *Chapter {
	admin := func(name string, write bool, bound holdfastv1.Bound) *kit.Method {
		return &kit.Method{Name: name, Rule: &holdfastv1.MethodRule{
			Scope: holdfastv1.Scope_SCOPE_ADMIN, Roles: []holdfastv1.Role{holdfastv1.Role_ROLE_MANAGER}, Write: write, Bound: bound, Channels: bound == holdfastv1.Bound_BOUND_FILTER,
		}}
	}
	const refused, filter = holdfastv1.Bound_BOUND_REFUSED, holdfastv1.Bound_BOUND_FILTER
	return &Chapter{
		core: core, desk: desk,
		take: admin("ImportFile", true, refused), list: admin("ListImports", false, refused), show: admin("GetImport", false, refused),
		result: admin("GetImportResult", false, refused), give: admin("ExportFile", false, filter),
	}
}

// The paths of files.
const (
	importsPath = "/v1/imports"
	exportsPath = "/v1/exports"
)

// Explain turns an error about a file into the problem that the caller gets; nil: it is about no file.
func (f *Chapter) Explain(err error) *kit.Problem {
	var flaw *sheet.Flaw
	switch {
	case errors.As(err, &flaw):
		return kit.Invalid("", "%s", flaw.Error())
	case errors.Is(err, sheet.ErrTooLarge):
		return kit.Refuse(kit.CodeTooLarge, "the file may have at most %d bytes", int64(sheet.MaxBody))
	case errors.Is(err, sheet.ErrConflict):
		return kit.Refuse(kit.CodeKeyReused, "the Idempotency-Key was used for another import")
	case errors.Is(err, sheet.ErrInProgress):
		return kit.Refuse(kit.CodeInProgress, "the import is under way")
	case errors.Is(err, sheet.ErrUnknown):
		return kit.Refuse(kit.CodeNotFound, "there is no such import, or its result is not kept any more")
	case errors.Is(err, sheet.ErrTooMany):
		p := kit.Refuse(kit.CodeRate, "%s", err)
		p.RetryAfter = 5
		return p
	case errors.Is(err, sheet.ErrChanging):
		return kit.Unavailable(err.Error(), err)
	}
	return nil
}
