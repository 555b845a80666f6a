package sheet

// Kind is the subject of a table's rows.
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

// ImportKinds are the kinds that can be imported, ExportKinds those that can be
// exported.
var (
	ImportKinds = []Kind{KindProducts, KindLevels, KindThresholds, KindLocations, KindKits, KindQuotas, KindTransfers, KindLots}
	ExportKinds = []Kind{
		KindProducts, KindLevels, KindThresholds, KindJournal, KindLocations, KindKits, KindQuotas, KindTransfers, KindLots, KindReservations,
	}
)

// booked reports that rows of the kind go to the books; the others go to the
// catalog.
func (k Kind) booked() bool { return k != KindLocations && k != KindKits && k != KindTransfers }

// mustBeKnown reports that rows of the kind are about known products and locations, and
// make none known.
func (k Kind) mustBeKnown() bool { return k == KindThresholds || k == KindQuotas || k == KindLots }

// Format is the format of a table. "" in an import means: detect it.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Encoding is the encoding of a CSV file. "" in an import means: detect
// it.
type Encoding string

// The encodings. UTF8BOM begins with a byte order mark, which makes Excel read the file
// as UTF-8.
const (
	UTF8    Encoding = "utf-8"
	UTF8BOM Encoding = "utf-8-bom"
	GB18030 Encoding = "gb18030"
)

// Formats are all of them. Encodings are those of exports, ReadEncodings those of imports.
var (
	Formats       = []Format{CSV, XLSX}
	Encodings     = []Encoding{UTF8, UTF8BOM, GB18030}
	ReadEncodings = []Encoding{UTF8, UTF8BOM, GB18030, "windows-1252", "windows-1251", "shift_jis", "big5", "macintosh"}
)

// Newness is what an import does with a row that would open a product, a location or a lot. "" opens it.
type Newness string

// The ways. The products of a file of products and the locations of a file of locations are opened
// in any case, unless the encoding was guessed.
const (
	NewAllow  Newness = "allow"
	NewRefuse Newness = "refuse"
)

// Decimal is the sign between the whole and the fraction of a number; the other one groups thousands. With "" it is
// a point, nothing is grouped, and a number that could be either is refused.
type Decimal string

// The signs.
const (
	DecimalPoint Decimal = "."
	DecimalComma Decimal = ","
)
