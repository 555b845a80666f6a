package planning

import "math"

// earthRadius in km: the mean radius R1 of the GRS 80 ellipsoid (Moritz,
// Geodetic Reference System 1980), which data/geo was computed with.
const earthRadius = 6371.0088

// Point is a place on the earth, in degrees: latitude -90..90, north positive;
// longitude -180..180, east positive.
type Point struct{ Lat, Lon float64 }

// Km is the great-circle distance between two points on a sphere (haversine),
// within 0.6 % of that on the ellipsoid.
func (p Point) Km(q Point) float64 {
	const radian = math.Pi / 180
	lat := math.Sin((q.Lat - p.Lat) * radian / 2)
	lon := math.Sin((q.Lon - p.Lon) * radian / 2)
	h := lat*lat + math.Cos(p.Lat*radian)*math.Cos(q.Lat*radian)*lon*lon
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}

// valid reports whether both coordinates are in their range; NaN is not.
func (p Point) valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180
}

// metres is Km in whole metres. Distances are compared by it: the last bits of a float may
// differ between processors, and then plans would.
func (p Point) metres(q Point) int64 { return int64(math.Round(p.Km(q) * 1000)) }
