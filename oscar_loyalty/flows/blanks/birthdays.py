"""Letters for a birthday."""

from oscar_loyalty.flows.blanks import presents
from oscar_loyalty.flows.blanks.topic import Topic

TOPICS = {"birthday": Topic(presents.brought, still_true=presents.can_be_used)}
