import { writeDecimal } from "../../../bytes/decimal";
import { Writer } from "../../../bytes/writer";

const DAY_MS: u64 = 86_400_000;

/** `2018-12-17T23:14:22.123Z`, of milliseconds since 1970. */
export function writeTime(out: Writer, ms: u64): void {
  writeDate(out, <i64>(ms / DAY_MS));
  const rest = ms % DAY_MS;
  out.u8(0x54);
  writeDecimal(out, rest / 3_600_000, 2);
  out.u8(0x3a);
  writeDecimal(out, rest / 60_000 % 60, 2);
  out.u8(0x3a);
  writeDecimal(out, rest / 1000 % 60, 2);
  out.u8(0x2e);
  writeDecimal(out, rest % 1000, 3);
  out.u8(0x5a);
}

/** Year, month and day of days since 1970 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days). */
function writeDate(out: Writer, days: i64): void {
  const shifted = days + 719468, era = shifted / 146097, dayOfEra = shifted - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shiftedMonth = (5 * dayOfYear + 2) / 153, month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  writeDecimal(out, <u64>(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), 4);
  out.u8(0x2d);
  writeDecimal(out, <u64>month, 2);
  out.u8(0x2d);
  writeDecimal(out, <u64>(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1), 2);
}
