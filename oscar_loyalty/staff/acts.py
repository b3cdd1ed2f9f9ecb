"""All that staff can do to a member by a form, in the order of their buttons."""

from oscar_loyalty.staff.adjust_points import AdjustPoints
from oscar_loyalty.staff.block_members import BlockMember, UnblockMember
from oscar_loyalty.staff.erase_member import EraseMember
from oscar_loyalty.staff.give_coupon import GiveCoupon
from oscar_loyalty.staff.member_acts import MemberAct
from oscar_loyalty.staff.merge_members import MergeMembers
from oscar_loyalty.staff.set_tier import SetTier

ACTS: tuple[type[MemberAct], ...] = (
    AdjustPoints,
    SetTier,
    GiveCoupon,
    BlockMember,
    UnblockMember,
    MergeMembers,
    EraseMember,
)
