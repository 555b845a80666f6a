package sheet

// Kind is what the rows of a table are about.
type Kind string

// The kinds. The journal and reservations can only be exported.
const (
	KindProducts   Kind = "products"
	KindLevels     Kind = "levels"
	KindThresholds Kind = "thresholds"
	KindJournal    Kind = "journal"
	KindLocations  Kind = "locations"
	KindKits       Kind = "kits"
	KindQuotas     Kind = "quotas"
	KindTransfers  Kind = "transfers"
	KindLots       Kind = "lots"

	KindReservations Kind = "reservations"
)

// ImportKinds are the kinds that a file can be taken in as, ExportKinds those
// that can be given out.
var (
	ImportKinds = []Kind{KindProducts, KindLevels, KindThresholds, KindLocations, KindKits, KindQuotas, KindTransfers, KindLots}
	ExportKinds = []Kind{
		KindProducts, KindLevels, KindThresholds, KindJournal, KindLocations, KindKits, KindQuotas, KindTransfers, KindLots, KindReservations,
	}
)

// booked says that rows of the kind go to the books; the others go to the
// catalog.
func (k Kind) booked() bool { return k != KindLocations && k != KindKits && k != KindTransfers }

// mustBeKnown says that rows of the kind are about products and locations that
// are known, and make none known.
func (k Kind) mustBeKnown() bool { return k == KindThresholds || k == KindQuotas || k == KindLots }

// Format is how a table is written. "" on the way in is: look at the file.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Encoding is how the text of a CSV file is written. "" on the way in is: look
// at the file.
type Encoding string

// The encodings. UTF8BOM has a byte order mark in front, which makes Excel
// read the file as UTF-8.
const (
	UTF8    Encoding = "utf-8"
	UTF8BOM Encoding = "utf-8-bom"
	GB18030 Encoding = "gb18030"
)

// Formats and Encodings are all of them.
var (
	Formats   = []Format{CSV, XLSX}
	Encodings = []Encoding{UTF8, UTF8BOM, GB18030}
)
