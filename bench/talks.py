"""What people write in the load: small talks of an opening with facts, answers, wishes and taps that everybody may send.

Belongs here: the texts and their order. Does not: sending. Texts are invented; none is from the tests.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

OPENINGS = (
    "แม่อายุ 72 ตาบอด อยู่กับหลานสองขวบ รายได้เดือนละสามพันกว่า อยู่เชียงราย",
    "ตกงานมาสองเดือนแล้วค่ะ เดิมทำโรงงาน ประกันสังคม ม.33 มีลูก 4 ขวบ อยู่สมุทรปราการ",
    "ยายอายุ 81 ติดเตียง อยู่ขอนแก่น ลูกสาวดูแลคนเดียว ไม่มีรายได้",
    "ผมอายุ 45 ทำนา รายได้ปีละหกหมื่น มีบัตรสวัสดิการแล้ว อยู่ร้อยเอ็ด",
    "เลี้ยงลูกคนเดียว ลูกสองคน 3 ขวบกับ 9 ขวบ รายได้วันละ 300 อยู่อุดรธานี",
    "พ่ออายุ 66 เป็นอัมพฤกษ์ มีบัตรคนพิการ อยู่บ้านเช่าที่นนทบุรี",
    "ท้อง 5 เดือนค่ะ อายุ 22 แฟนทำงานรับจ้าง รายได้รวมเดือนละแปดพัน อยู่ชลบุรี",
    "น้ำท่วมบ้านเมื่อเดือนก่อน อยู่หาดใหญ่ สงขลา มีคนแก่ 70 กับเด็ก 5 ขวบ",
    "อยากรู้ว่าแม่ได้เบี้ยคนแก่เดือนละเท่าไร แม่อายุ 79 ค่ะ",
    "สามีเพิ่งเสีย อายุ 58 ส่งประกันสังคมมา 20 ปี ลูกยังเรียน ม.ปลาย",
    "ลูกชาย 16 เรียน ปวช. พ่อแม่แยกทาง รายได้เดือนละหกพัน อยู่นครราชสีมา",
    "ป้าอายุ 63 อยู่คนเดียว ขายของเก่า ได้วันละร้อยกว่าบาท อยู่กรุงเทพ เขตดินแดง",
)
ANSWERS = ("ใช่ค่ะ", "ไม่ใช่", "ไม่มี", "มีค่ะ", "3 คน", "ประมาณห้าพัน", "ไม่รู้", "68", "บัตรทอง", "ไม่มีบัตร", "เชียงใหม่", "ไม่ได้เรียนแล้ว")
WISHES = ("มีสิทธิอะไรบ้างคะ", "ทำไมถึงถาม", "ข้าม", "ขอดูผลเลยค่ะ", "ขอบคุณค่ะ", "เบี้ยผู้พิการต้องใช้เอกสารอะไร")


def talk(user: int) -> Iterator[str]:
    """One person's messages: an opening, mostly short answers, a wish now and then; after ten somebody else's story begins."""
    chance = random.Random(user)
    while True:
        yield chance.choice(OPENINGS)
        for _ in range(9):
            yield chance.choice(WISHES if chance.random() < 0.2 else ANSWERS)
