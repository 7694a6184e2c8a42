"""High water in a few harbours: made up, but as regular as the tide."""

from datetime import date

# Minutes after midnight on day 0.
HARBOURS = {"Vlissingen": 65, "Hoek van Holland": 130, "Den Helder": 395, "Delfzijl": 690}
PERIOD = 745
LATER_EACH_DAY = 50
DAY = 24 * 60


def high_water(harbour: str, day: date) -> list[str]:
    """Return the times of high water on a day, as HH:MM."""
    first = (HARBOURS[harbour] + LATER_EACH_DAY * day.toordinal()) % PERIOD
    return [f"{time // 60:02}:{time % 60:02}" for time in (first, first + PERIOD) if time < DAY]
